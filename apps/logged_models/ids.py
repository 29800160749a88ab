"""Ids of logged models as clients see them: "m-" and 32 hex digits."""

from __future__ import annotations

import uuid

from apps.common.ids import parse_hex_id

_PREFIX = "m-"


def model_id(key: uuid.UUID) -> str:
    """The id that clients see."""
    return f"{_PREFIX}{key.hex}"


def parse_model_id(text: str) -> uuid.UUID | None:
    """The key of a model, or None: no other spelling names one."""
    return parse_hex_id(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
