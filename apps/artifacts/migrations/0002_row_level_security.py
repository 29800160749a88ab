"""Row-level security on every table of this app that carries tenants' rows."""

from __future__ import annotations

from django.db import migrations

from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """PostgreSQL only; SQLite has the first wall alone."""

    dependencies = [("artifacts", "0001_initial")]

    operations = [
        ProtectRows("Blob"),
        ProtectRows("Artifact"),
        ProtectRows("Folder"),
        ProtectRows("Upload"),
        ProtectRows("ProjectUsage"),
    ]
