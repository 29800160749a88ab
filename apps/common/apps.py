"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from apps.common import deployment_checks
from apps.common.checks import every_route_declares_a_permission


class CommonConfig(AppConfig):
    """Runfold's common."""

    name = "apps.common"

    def ready(self) -> None:
        """Register what must be so before Runfold starts."""
        register(every_route_declares_a_permission)
        register(deployment_checks.broker_has_a_password, deploy=True)
        register(deployment_checks.public_host_is_allowed, deploy=True)
        register(deployment_checks.artifacts_are_shared, deploy=True)
        register(deployment_checks.proxy_is_trusted, deploy=True)
        register(deployment_checks.row_level_security_binds, Tags.database)
