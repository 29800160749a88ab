"""Row-level security on the jobs themselves; tickets, lanes and schedules hold keys and moments alone."""

from __future__ import annotations

from django.db import migrations

from apps.projects.rls import ProtectRows


class Migration(migrations.Migration):
    """PostgreSQL only; SQLite has the first wall alone."""

    dependencies = [("jobs", "0001_initial")]

    operations = [ProtectRows("Job")]
