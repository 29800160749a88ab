"""Page tokens: opaque, signed, and worth nothing outside the query that issued them."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils.crypto import salted_hmac

from apps.common.errors import InvalidInput

SIGNATURE_BYTES = 16


def sign_page_token(scope: str, position: Sequence[Any]) -> str:
    """A token for `position` (JSON values: the sort key of the last row) within `scope`.

    Args:
        scope: everything that must be the same on the next page: project, route, filter, order.
        position: where the next page begins, as JSON-serialisable values.
    """
    payload = msgspec.json.encode(list(position))
    return base64.urlsafe_b64encode(_signature(scope, payload) + payload).decode()


def read_page_token(scope: str, token: str) -> list[Any]:
    """The position in a token of `sign_page_token`.

    Raises:
        InvalidInput: the token is malformed, or was issued for another scope.
    """
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except (binascii.Error, UnicodeError, ValueError):
        raw = b""
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not payload or not hmac.compare_digest(signature, _signature(scope, payload)):
        raise InvalidInput(
            "invalid_page_token",
            "The page token is not valid for this query: repeat the first page and use the token that it returns.",
            field="page_token",
        )
    position: list[Any] = msgspec.json.decode(payload)
    return position


def _signature(scope: str, payload: bytes) -> bytes:
    signed = scope.encode() + b"\x00" + payload
    return salted_hmac("runfold.page-token", signed, algorithm="sha256").digest()[:SIGNATURE_BYTES]
