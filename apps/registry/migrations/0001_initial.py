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
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisteredModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", apps.common.fields.KeyField(max_length=256)),
                ("description", models.TextField(blank=True)),
                ("next_version", models.IntegerField(default=1)),
                ("created_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                ("updated_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
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
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.common.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.IntegerField()),
                ("source", apps.common.fields.KeyField(max_length=500)),
                ("run_id", models.UUIDField(null=True)),
                ("logged_model_id", models.UUIDField(null=True)),
                ("copied_from_id", models.UUIDField(null=True)),
                ("run_link", models.CharField(blank=True, max_length=500)),
                ("description", models.TextField(blank=True)),
                ("user_name", apps.common.fields.KeyField(blank=True, max_length=256)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("None", "None"),
                            ("Staging", "Staging"),
                            ("Production", "Production"),
                            ("Archived", "Archived"),
                        ],
                        default="None",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PENDING_REGISTRATION", "Pending"),
                            ("READY", "Ready"),
                            ("FAILED_REGISTRATION", "Failed"),
                        ],
                        default="READY",
                        max_length=20,
                    ),
                ),
                ("status_message", models.TextField(blank=True)),
                ("created_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
                ("updated_at_ms", models.BigIntegerField(default=apps.common.clock.now_ms)),
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
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="registry.registeredmodel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ModelAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", apps.common.fields.KeyField(max_length=255)),
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
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="registry.modelversion",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="registry.registeredmodel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ModelActivity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version_number", models.IntegerField(null=True)),
                ("action", models.CharField(max_length=64)),
                ("actor_label", models.CharField(max_length=255)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
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
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.registeredmodel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RegisteredModelTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", apps.common.fields.KeyField(max_length=250)),
                ("value", apps.common.fields.ValueField()),
                ("value_head", apps.common.fields.KeyField(max_length=100)),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
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
        migrations.CreateModel(
            name="ModelVersionTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", apps.common.fields.KeyField(max_length=250)),
                ("value", apps.common.fields.ValueField()),
                ("value_head", apps.common.fields.KeyField(max_length=100)),
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
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
                        to="registry.modelversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project", "key", "value_head", "version"], name="registry_versiontag_search")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "version", "key"), name="registry_versiontag_key")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="registeredmodel",
            index=models.Index(fields=["project", "-updated_at_ms", "name"], name="registry_model_newest"),
        ),
        migrations.AddConstraint(
            model_name="registeredmodel",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="registry_model_name"),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["project", "model", "stage", "-number"], name="registry_version_stage"),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["project", "-updated_at_ms", "id"], name="registry_version_newest"),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["project", "run_id"], name="registry_version_run"),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["project", "logged_model_id"], name="registry_version_logged"),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["project", "source"], name="registry_version_source"),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(fields=("project", "model", "number"), name="registry_version_number"),
        ),
        migrations.AddIndex(
            model_name="modelalias",
            index=models.Index(fields=["project", "version"], name="registry_alias_version"),
        ),
        migrations.AddConstraint(
            model_name="modelalias",
            constraint=models.UniqueConstraint(fields=("project", "model", "name"), name="registry_alias_name"),
        ),
        migrations.AddIndex(
            model_name="modelactivity",
            index=models.Index(fields=["project", "model", "-id"], name="registry_activity_newest"),
        ),
        migrations.AddIndex(
            model_name="registeredmodeltag",
            index=models.Index(fields=["project", "key", "value_head", "model"], name="registry_modeltag_search"),
        ),
        migrations.AddConstraint(
            model_name="registeredmodeltag",
            constraint=models.UniqueConstraint(fields=("project", "model", "key"), name="registry_modeltag_key"),
        ),
        ProtectRows("RegisteredModel"),
        ProtectRows("ModelVersion"),
        ProtectRows("ModelAlias"),
        ProtectRows("ModelActivity"),
        ProtectRows("RegisteredModelTag"),
        ProtectRows("ModelVersionTag"),
    ]
