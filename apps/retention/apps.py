"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Runfold's trash, retention rules and integrity check."""

    name = "apps.retention"
