"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Runfold's audit."""

    name = "apps.audit"
