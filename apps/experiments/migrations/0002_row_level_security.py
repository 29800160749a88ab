"""Row-level security on every table of this app that carries tenants' rows."""

from __future__ import annotations

from django.db import migrations

from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """PostgreSQL only; SQLite has the first wall alone."""

    dependencies = [("experiments", "0001_initial")]

    operations = [
        ProtectRows("Experiment"),
        ProtectRows("ExperimentTag"),
    ]
