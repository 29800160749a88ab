"""What whoever begins an upload says of the whole file."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Additive."""

    dependencies = [("artifacts", "0005_previews")]

    operations = [
        migrations.AddField("Upload", "size_bytes", models.BigIntegerField(null=True)),
        migrations.AddField("Upload", "sha256", models.CharField(max_length=64, null=True)),
    ]
