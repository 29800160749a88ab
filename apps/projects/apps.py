"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Runfold's projects."""

    name = "apps.projects"
