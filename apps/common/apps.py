"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Runfold's common."""

    name = "apps.common"
