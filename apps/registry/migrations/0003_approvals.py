import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.common.clock
import apps.common.fields
import apps.common.ids
import apps.teams.permissions
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_project_has_webhooks"),
        ("registry", "0002_model_shares"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.common.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("version_id", models.UUIDField()),
                ("version_number", models.IntegerField()),
                ("stage", models.CharField(blank=True, max_length=10)),
                ("alias", apps.common.fields.KeyField(blank=True, max_length=255)),
                ("removes_alias", models.BooleanField(default=False)),
                ("archive_existing", models.BooleanField(default=False)),
                ("from_stage", models.CharField(blank=True, max_length=10)),
                ("comment", models.TextField(blank=True)),
                ("approvals_needed", models.SmallIntegerField()),
                (
                    "approver_role",
                    models.CharField(choices=[("editor", "editor"), ("maintainer", "maintainer")], max_length=16),
                ),
                ("evidence", models.JSONField()),
                ("outcome", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("requested_by_account_id", models.BigIntegerField(null=True)),
                ("requested_by_label", models.CharField(max_length=255)),
                ("created_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                ("closed_at_ms", models.BigIntegerField(null=True)),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.registeredmodel",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApprovalDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_label", models.CharField(max_length=255)),
                (
                    "decision",
                    models.CharField(choices=[("approved", "Approved"), ("rejected", "Rejected")], max_length=8),
                ),
                ("comment", models.TextField(blank=True)),
                ("at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="registry.approvalrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(blank=True, max_length=10)),
                ("alias", apps.common.fields.KeyField(blank=True, max_length=255)),
                (
                    "mover_role",
                    models.CharField(
                        choices=[("editor", "editor"), ("maintainer", "maintainer")],
                        default=apps.teams.permissions.ProjectRole["MAINTAINER"],
                        max_length=16,
                    ),
                ),
                ("approvals_needed", models.SmallIntegerField(default=0)),
                (
                    "approver_role",
                    models.CharField(
                        choices=[("editor", "editor"), ("maintainer", "maintainer")],
                        default=apps.teams.permissions.ProjectRole["MAINTAINER"],
                        max_length=16,
                    ),
                ),
                ("metric", apps.common.fields.KeyField(blank=True, max_length=250)),
                (
                    "metric_comparison",
                    models.CharField(choices=[(">=", "at least"), ("<=", "at most")], default=">=", max_length=2),
                ),
                ("metric_limit", models.FloatField(null=True)),
                ("requires_same_signature", models.BooleanField(default=False)),
                ("requires_clean_report", models.BooleanField(default=False)),
                ("updated_by_label", models.CharField(max_length=255)),
                ("updated_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.registeredmodel",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="approvalrequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["project", "-id"], name="registry_request_open"
            ),
        ),
        migrations.AddIndex(
            model_name="approvalrequest",
            index=models.Index(fields=["project", "model", "-id"], name="registry_request_newest"),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("project", "version_id", "stage", "alias"),
                name="registry_request_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvaldecision",
            constraint=models.UniqueConstraint(fields=("project", "request", "user"), name="registry_decision_once"),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.UniqueConstraint(
                fields=("project", "model", "stage", "alias"), name="registry_rule_target"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", ""), models.Q(("alias", ""), _negated=True)),
                    models.Q(models.Q(("stage", ""), _negated=True), ("alias", "")),
                    _connector="OR",
                ),
                name="registry_rule_one_target",
            ),
        ),
        ProtectRows("ApprovalRule"),
        ProtectRows("ApprovalRequest"),
        ProtectRows("ApprovalDecision"),
    ]
