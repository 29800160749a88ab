"""Curves over many runs that jobs have computed."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import apps.common.clock
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """A table of its own, with row-level security from the beginning."""

    dependencies = [
        ("experiments", "0002_row_level_security"),
        ("projects", "0001_initial"),
        ("runs", "0006_segment_outline"),
    ]

    operations = [
        migrations.CreateModel(
            name="MetricAggregate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("watermark", models.CharField(max_length=64)),
                ("computed_at", models.DateTimeField(default=apps.common.clock.now)),
                ("payload", models.BinaryField()),
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
            options={
                "indexes": [
                    models.Index(fields=["project", "experiment", "computed_at"], name="runs_aggregate_oldest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "experiment", "digest"), name="runs_aggregate_question")
                ],
            },
        ),
        ProtectRows("MetricAggregate"),
    ]
