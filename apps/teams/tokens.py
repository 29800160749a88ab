"""The form of API tokens: `rf_<prefix>_<secret>`, found by prefix, proven by HMAC-SHA-256.

A token's secret has 256 random bits: a fast keyed hash is enough, and a password hash would cost a thousand requests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.conf import settings

PREFIX_BYTES = 6
SECRET_BYTES = 32
MAX_LENGTH = 128


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at its birth, the only moment when its `text` is known."""

    text: str
    prefix: str
    digest: bytes


def new_token() -> NewToken:
    """Draw a token."""
    prefix = secrets.token_hex(PREFIX_BYTES)
    text = f"rf_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewToken(text, prefix, token_digest(text))


def token_digest(text: str) -> bytes:
    """The 32 bytes that are kept instead of a token."""
    return hmac.digest(_key(), text.encode("utf-8", "surrogatepass"), "sha256")


def token_fingerprint(text: str) -> bytes:
    """What a process remembers a token by, in its own memory alone: ten times cheaper than the keyed digest."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def token_prefix(text: str) -> str | None:
    """The public part of a well-formed token, else None."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "rf" or not parts[1] or len(text) > MAX_LENGTH:
        return None
    return parts[1]


def token_of_header(authorization: str) -> str | None:
    """The token in an Authorization header: Bearer, or the password of Basic with any user name."""
    scheme, _, rest = authorization.partition(" ")
    scheme = scheme.lower()
    if scheme == "bearer":
        return rest.strip() or None
    if scheme != "basic":
        return None
    try:
        decoded = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[2] or None


def _key() -> bytes:
    return b"runfold.api-token:" + settings.SECRET_KEY.encode()
