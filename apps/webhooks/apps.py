"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from apps.webhooks.checks import loopback_receivers_are_for_one_machine


class WebhooksConfig(AppConfig):
    """Runfold's webhooks."""

    name = "apps.webhooks"

    def ready(self) -> None:
        """Register what must be so before Runfold starts."""
        register(loopback_receivers_are_for_one_machine)
