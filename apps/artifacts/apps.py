"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class ArtifactsConfig(AppConfig):
    """Runfold's artifacts."""

    name = "apps.artifacts"
