"""Places of teams' own, and which blobs lie there."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import apps.common.clock


class Migration(migrations.Migration):
    """Additive: blobs that exist lie in the installation's own place."""

    dependencies = [("artifacts", "0006_announced_uploads"), ("teams", "0001_initial")]

    operations = [
        migrations.CreateModel(
            "TeamStorage",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_current", models.BooleanField()),
                ("url", models.CharField(max_length=1_024)),
                ("endpoint_url", models.CharField(blank=True, max_length=1_024)),
                ("public_endpoint_url", models.CharField(blank=True, max_length=1_024)),
                ("region", models.CharField(max_length=64)),
                ("access_key", models.CharField(blank=True, max_length=255)),
                ("secret_key", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=apps.common.clock.now)),
                (
                    "team",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="teams.team"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["team", "url", "endpoint_url"], name="artifacts_teamstorage_place"),
                    models.UniqueConstraint(
                        fields=["team"], condition=models.Q(is_current=True), name="artifacts_teamstorage_current"
                    ),
                ]
            },
        ),
        migrations.AddField(
            "Blob",
            "storage",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="artifacts.teamstorage",
            ),
        ),
    ]
