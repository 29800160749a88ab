"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Runfold's runs."""

    name = "apps.runs"
