"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFF_FFFF_FFFF_FFFF
    return uuid.UUID(int=value)


def new_run_id() -> uuid.UUID:
    """The id of a new run: clients see its 32 hex digits."""
    return uuid7()


def parse_hex_id(text: str) -> uuid.UUID | None:
    """The UUID written as exactly 32 lower-case hex digits, or None: no other spelling names an object."""
    if len(text) != 32 or text.strip("0123456789abcdef"):
        return None
    return uuid.UUID(hex=text)


def model_id(key: uuid.UUID) -> str:
    """The id of a logged model as clients see it."""
    return f"m-{key.hex}"


def parse_model_id(text: str) -> uuid.UUID | None:
    """The key of a logged model, or None: no other spelling names one."""
    return parse_hex_id(text.removeprefix("m-")) if text.startswith("m-") else None
