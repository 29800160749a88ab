import django.db.models.deletion
from django.db import migrations, models

import apps.common.fields
from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    dependencies = [
        ("experiments", "0002_row_level_security"),
        ("projects", "0001_initial"),
        ("runs", "0007_metric_aggregate"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelMetric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_id", models.UUIDField()),
                ("key", apps.common.fields.KeyField(max_length=250)),
                ("dataset_name", apps.common.fields.KeyField(blank=True, max_length=500)),
                ("dataset_digest", apps.common.fields.KeyField(blank=True, max_length=36)),
                ("dataset_hash", models.CharField(blank=True, max_length=32)),
                ("last_value", models.FloatField(null=True)),
                ("is_last_nan", models.BooleanField(default=False)),
                ("last_step", models.BigIntegerField()),
                ("last_timestamp_ms", models.BigIntegerField()),
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="runs.run",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["experiment", "key", "last_value", "model_id"], name="runs_modelmetric_search"
                    ),
                    models.Index(fields=["project", "run"], name="runs_modelmetric_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "model_id", "run", "key", "dataset_hash"), name="runs_modelmetric_key"
                    )
                ],
            },
        ),
        ProtectRows("ModelMetric"),
    ]
