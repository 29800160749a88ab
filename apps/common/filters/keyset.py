"""Keyset paging over any list of sort keys: where a row stands, and what comes after it. Never an OFFSET."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from django.db.models import Case, Q, Value, When
from django.db.models.expressions import Expression, F, OrderBy, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

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


def missing_last(
    value: SortExpression, filler: Value, key_type: KeyType, is_descending: bool, is_nan: Q | None = None
) -> list[SortKey]:
    """Sort by what there is first; then come the values that `is_nan`, then those missing, all as if `filler`."""
    cases = [When(IsNull(value, False), then=Value(0))]
    if is_nan is not None:
        cases.append(When(is_nan, then=Value(1)))
    return [
        SortKey(Case(*cases, default=Value(2)), KeyType.INTEGER),
        SortKey(Coalesce(value, filler), key_type, is_descending),
    ]


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
