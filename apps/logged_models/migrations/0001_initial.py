import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.common.clock
import apps.common.fields
import apps.common.ids
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("experiments", "0002_row_level_security"),
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LoggedModel",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.common.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("source_run_id", models.UUIDField(null=True)),
                ("name", apps.common.fields.KeyField(max_length=500)),
                ("model_type", apps.common.fields.KeyField(blank=True, max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("LOGGED_MODEL_PENDING", "Pending"),
                            ("LOGGED_MODEL_READY", "Ready"),
                            ("LOGGED_MODEL_UPLOAD_FAILED", "Failed"),
                        ],
                        default="LOGGED_MODEL_PENDING",
                        max_length=26,
                    ),
                ),
                ("status_message", models.TextField(blank=True)),
                (
                    "lifecycle",
                    models.CharField(
                        choices=[("active", "Active"), ("deleted", "Deleted")], default="active", max_length=8
                    ),
                ),
                ("created_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                ("updated_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                ("deleted_at_ms", models.BigIntegerField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "experiment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="experiments.experiment",
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
        migrations.CreateModel(
            name="LoggedModelParam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", apps.common.fields.KeyField(max_length=255)),
                ("value", apps.common.fields.ValueField()),
                ("value_head", apps.common.fields.KeyField(max_length=100)),
                (
                    "experiment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="experiments.experiment",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="params",
                        to="logged_models.loggedmodel",
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
        migrations.CreateModel(
            name="LoggedModelTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", apps.common.fields.KeyField(max_length=255)),
                ("value", apps.common.fields.ValueField()),
                ("value_head", apps.common.fields.KeyField(max_length=100)),
                (
                    "experiment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="experiments.experiment",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
                        to="logged_models.loggedmodel",
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
        migrations.CreateModel(
            name="RunModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.UUIDField()),
                ("use", models.CharField(choices=[("input", "Input"), ("output", "Output")], max_length=6)),
                ("step", models.BigIntegerField(default=0)),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="logged_models.loggedmodel",
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
            model_name="loggedmodel",
            index=models.Index(
                fields=["project", "experiment", "lifecycle", "-created_at_ms", "id"], name="logged_models_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="loggedmodel",
            index=models.Index(fields=["project", "source_run_id"], name="logged_models_of_run"),
        ),
        migrations.AddIndex(
            model_name="loggedmodelparam",
            index=models.Index(fields=["experiment", "key", "value_head", "model"], name="logged_models_param_search"),
        ),
        migrations.AddConstraint(
            model_name="loggedmodelparam",
            constraint=models.UniqueConstraint(fields=("project", "model", "key"), name="logged_models_param_key"),
        ),
        migrations.AddIndex(
            model_name="loggedmodeltag",
            index=models.Index(fields=["experiment", "key", "value_head", "model"], name="logged_models_tag_search"),
        ),
        migrations.AddConstraint(
            model_name="loggedmodeltag",
            constraint=models.UniqueConstraint(fields=("project", "model", "key"), name="logged_models_tag_key"),
        ),
        migrations.AddIndex(
            model_name="runmodel",
            index=models.Index(fields=["project", "model", "use"], name="logged_models_runmodel_model"),
        ),
        migrations.AddConstraint(
            model_name="runmodel",
            constraint=models.UniqueConstraint(
                fields=("project", "run_id", "model", "use"), name="logged_models_runmodel_once"
            ),
        ),
        ProtectRows("LoggedModel"),
        ProtectRows("LoggedModelParam"),
        ProtectRows("LoggedModelTag"),
        ProtectRows("RunModel"),
    ]
