"""Blobs that were found damaged, which no new file shares."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("artifacts", "0008_owners"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="blob",
            name="artifacts_blob_unkept",
        ),
        migrations.AlterField(
            model_name="blob",
            name="state",
            field=models.CharField(
                choices=[("writing", "Writing"), ("stored", "Stored"), ("damaged", "Damaged"), ("doomed", "Doomed")],
                default="writing",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("state__in", ("stored", "damaged")), _negated=True),
                fields=["project", "expires_at"],
                name="artifacts_blob_unkept",
            ),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("state", "damaged")), fields=["project", "id"], name="artifacts_blob_damaged"
            ),
        ),
    ]
