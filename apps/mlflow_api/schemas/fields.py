"""Field types shared by the request structs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
# The words are how protobuf writes them in JSON.
Double = float | Literal["NaN", "Infinity", "-Infinity"]
Key = Annotated[str, msgspec.Meta(min_length=1)]


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """Base of requests: a field that is not known sends the body to the lenient parser, which ignores it."""


class RunStatus(StrEnum):
    """Run states; the protocol numbers them from 1 in this order."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class KeyValue(Message, gc=False):
    """A param, a tag of a run, an experiment or a dataset input."""

    key: Key
    value: str = ""
