"""Rules, runs on their way out, and what the check of stored bytes has found."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import apps.common.clock
import apps.common.fields
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """Additive."""

    initial = True

    dependencies = [
        ("artifacts", "0002_row_level_security"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="IntegrityFinding",
            fields=[
                (
                    "blob",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="artifacts.blob",
                    ),
                ),
                ("damage", models.CharField(choices=[("missing", "Missing"), ("altered", "Altered")], max_length=7)),
                ("found_sha256", models.CharField(blank=True, max_length=64)),
                ("found_bytes", models.BigIntegerField(null=True)),
                ("found_at", models.DateTimeField(default=apps.common.clock.now)),
                ("checked_at", models.DateTimeField(default=apps.common.clock.now)),
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
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DoomedRun",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("doomed_at", models.DateTimeField(default=apps.common.clock.now)),
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
            options={
                "indexes": [models.Index(fields=["project", "id"], name="retention_doomedrun_project")],
            },
        ),
        migrations.CreateModel(
            name="IntegrityState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.UUIDField(null=True)),
                ("round_ended_at", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_count", models.BigIntegerField(default=0)),
                ("checked_bytes", models.BigIntegerField(default=0)),
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
            options={
                "constraints": [models.UniqueConstraint(fields=("project",), name="retention_integritystate_project")],
            },
        ),
        migrations.CreateModel(
            name="ProjectRetention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("trash_days", models.IntegerField(default=30)),
                ("keep_days", models.IntegerField(null=True)),
                ("keep_best_count", models.IntegerField(null=True)),
                ("keep_best_metric", apps.common.fields.KeyField(blank=True, max_length=250)),
                (
                    "keep_best_direction",
                    models.CharField(
                        choices=[("highest", "Highest"), ("lowest", "Lowest")], default="highest", max_length=7
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project",), name="retention_projectretention_project")
                ],
            },
        ),
        ProtectRows("IntegrityFinding"),
        ProtectRows("DoomedRun"),
        ProtectRows("IntegrityState"),
        ProtectRows("ProjectRetention"),
    ]
