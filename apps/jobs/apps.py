"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Runfold's jobs."""

    name = "apps.jobs"
