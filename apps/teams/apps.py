"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Runfold's teams."""

    name = "apps.teams"
