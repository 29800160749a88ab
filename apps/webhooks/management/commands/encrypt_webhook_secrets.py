"""manage.py encrypt_webhook_secrets"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apps.common.commands import JsonCommand
from apps.webhooks.services.keys import encrypt_secrets_again


class Command(JsonCommand):
    """After a change of RUNFOLD_SECRET_KEY. Repeating it harms nothing."""

    help = "Encrypt the secrets of all webhooks under the current RUNFOLD_SECRET_KEY."

    def run(self, **_: Any) -> dict[str, Any]:
        """Do it."""
        return asdict(encrypt_secrets_again())
