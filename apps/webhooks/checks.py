"""What must be so of webhooks before Runfold starts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def loopback_receivers_are_for_one_machine(**_: Any) -> list[CheckMessage]:
    """Who may have requests sent to the server's own machine reaches what listens there alone: no server for others."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if not settings.WEBHOOKS_ALLOW_LOOPBACK or host in _LOOPBACK:
        return []
    message = f"Webhooks may reach this machine's loopback addresses, and people reach it as {host}."
    return [Error(message, hint="Take RUNFOLD_WEBHOOKS_ALLOW_LOOPBACK away.", id="runfold.E012")]
