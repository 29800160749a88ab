"""Whether a run has unfolded blocks is asked for every run of a page: one index probe, however many are folded."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """The same index, one column longer."""

    dependencies = [("runs", "0002_row_level_security")]

    operations = [
        migrations.RemoveIndex(model_name="metricblock", name="runs_block_of_run"),
        migrations.AddIndex(
            model_name="metricblock",
            index=models.Index(fields=["project", "run_id", "is_folded"], name="runs_block_of_run"),
        ),
    ]
