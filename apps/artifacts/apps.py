"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from apps.artifacts.checks import presigned_addresses_are_short_lived


class ArtifactsConfig(AppConfig):
    """Runfold's artifacts."""

    name = "apps.artifacts"

    def ready(self) -> None:
        """Register what must be so before Runfold starts."""
        register(presigned_addresses_are_short_lived)
