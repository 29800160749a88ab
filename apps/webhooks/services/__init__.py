"""Writes of webhooks: `hooks` changes them, `emit` is what other apps call when something happened."""

from __future__ import annotations

from apps.webhooks.services.delivering import deliver
from apps.webhooks.services.emit import emit
from apps.webhooks.services.history import redeliver, send_test
from apps.webhooks.services.hooks import NewSecret, create_webhook, delete_webhook, rotate_secret, update_webhook

__all__ = [
    "NewSecret",
    "create_webhook",
    "delete_webhook",
    "deliver",
    "emit",
    "redeliver",
    "rotate_secret",
    "send_test",
    "update_webhook",
]
