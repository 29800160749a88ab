"""A small copy of each long segment, for charts. Segments that were sealed before have none and are read whole."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A nullable column: nothing is rewritten."""

    dependencies = [("runs", "0005_runs_at_once")]

    operations = [migrations.AddField("metricsegment", "outline", models.BinaryField(null=True))]
