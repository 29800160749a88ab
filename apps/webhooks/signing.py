"""Secrets of webhooks, and signatures as MLflow makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from apps.common.encryption import decrypt, encrypt

_PURPOSE = "webhook-secret"


def new_secret() -> str:
    """A secret nobody knows yet."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def sealed(secret: str) -> str:
    """A secret as it is stored: encrypted, none as an empty text."""
    return encrypt(secret, purpose=_PURPOSE) if secret else ""


def opened(stored: str) -> str:
    """What `sealed` was given.

    Raises:
        Undecryptable: it was stored under another SECRET_KEY.
    """
    return decrypt(stored, purpose=_PURPOSE) if stored else ""


def signature(secret: str, *, delivery_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA-256 of "id.timestamp.body" in base64 (mlflow/webhooks/delivery.py)."""
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
