"""Previews of files, as jobs have made them."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import apps.common.clock
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """A table of its own, removed with the blobs that it is about."""

    dependencies = [("artifacts", "0004_put_inline"), ("projects", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[("building", "Building"), ("ready", "Ready"), ("refused", "Refused")],
                        default="building",
                        max_length=8,
                    ),
                ),
                ("job_id", models.UUIDField(null=True)),
                ("decoded", models.BinaryField(default=bytes)),
                ("created_at", models.DateTimeField(default=apps.common.clock.now)),
                (
                    "blob",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="artifacts.blob",
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
                    models.UniqueConstraint(fields=("project", "blob", "kind"), name="artifacts_preview_blob")
                ]
            },
        ),
        ProtectRows("Preview"),
    ]
