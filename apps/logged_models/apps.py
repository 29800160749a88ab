"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class LoggedModelsConfig(AppConfig):
    """Models as runs logged them: before, and whether or not, they are registered."""

    name = "apps.logged_models"
