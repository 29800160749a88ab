"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from apps.common.checks import every_route_declares_a_permission


class CommonConfig(AppConfig):
    """Runfold's common."""

    name = "apps.common"

    def ready(self) -> None:
        """Register what must be so before Runfold starts."""
        register(every_route_declares_a_permission)
