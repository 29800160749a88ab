"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """Runfold's experiments."""

    name = "apps.experiments"
