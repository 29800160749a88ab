import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("artifacts", "0007_team_storage"),
        ("experiments", "0002_row_level_security"),
    ]

    operations = [
        migrations.AlterField(
            model_name="artifact",
            name="experiment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="experiments.experiment",
            ),
        ),
        migrations.AlterField(
            model_name="artifact",
            name="owner_kind",
            field=models.CharField(choices=[("run", "Run"), ("model", "Model"), ("version", "Version")], max_length=7),
        ),
        migrations.AlterField(
            model_name="folder",
            name="experiment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="experiments.experiment",
            ),
        ),
        migrations.AlterField(
            model_name="folder",
            name="owner_kind",
            field=models.CharField(choices=[("run", "Run"), ("model", "Model"), ("version", "Version")], max_length=7),
        ),
        migrations.AlterField(
            model_name="upload",
            name="owner_kind",
            field=models.CharField(choices=[("run", "Run"), ("model", "Model"), ("version", "Version")], max_length=7),
        ),
    ]
