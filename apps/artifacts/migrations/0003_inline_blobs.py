"""Small files are kept in the rows of their blobs."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Length


class Migration(migrations.Migration):
    """What is in the store stays there: its rows have no content."""

    dependencies = [("artifacts", "0002_row_level_security")]

    operations = [
        migrations.AddField(model_name="blob", name="content", field=models.BinaryField(null=True)),
        migrations.AddConstraint(
            model_name="blob",
            constraint=models.CheckConstraint(
                condition=models.Q(content=None)
                | (~models.Q(state="writing") & models.Q(size_bytes=Length(models.F("content")))),
                name="artifacts_blob_inline",
            ),
        ),
    ]
