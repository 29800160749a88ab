"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registered models, their versions, aliases and stages."""

    name = "apps.registry"
