"""Keyset paging over any list of sort keys: where a row stands, and what comes after it. Never an OFFSET."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from django.db.models import Q
from django.db.models.expressions import Expression, F, OrderBy, Subquery
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

SortExpression: TypeAlias = "Expression | F | Subquery[Any]"


class KeyType(StrEnum):
    """How the value of a sort key travels in a page token."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    UUID = "uuid"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One expression to sort by, never NULL."""

    expression: SortExpression
    type: KeyType
    is_descending: bool = False

    @property
    def order(self) -> OrderBy:
        """For `order_by`."""
        return OrderBy(self.expression, descending=self.is_descending)


def after(keys: Sequence[SortKey], position: Sequence[Any]) -> Q:
    """The condition of standing after `position` in the order of `keys`.

    It begins with a plain bound on the first key, which an index can use, whatever follows.
    """
    first = keys[0]
    bound = (LessThanOrEqual if first.is_descending else GreaterThanOrEqual)(first.expression, position[0])
    condition = Q()
    for key, value in reversed(list(zip(keys, position, strict=True))):
        beyond = Q((LessThan if key.is_descending else GreaterThan)(key.expression, value))
        condition = beyond | (Q(Exact(key.expression, value)) & condition) if condition else beyond
    return Q(bound) & condition


def pack(keys: Sequence[SortKey], position: Sequence[Any]) -> list[Any]:
    """A position as JSON values."""
    return [_packed(value) for _, value in zip(keys, position, strict=True)]


def unpack(keys: Sequence[SortKey], packed: Sequence[Any]) -> list[Any]:
    """The position of a list of `pack`."""
    return [_unpacked(key.type, value) for key, value in zip(keys, packed, strict=True)]


def _packed(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return value


def _unpacked(key_type: KeyType, value: Any) -> Any:
    match key_type:
        case KeyType.UUID:
            return uuid.UUID(hex=value)
        case KeyType.FLOAT:
            return float(value)
    return value
