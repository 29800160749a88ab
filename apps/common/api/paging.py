"""Pages of lists, by keyset: what comes after the last item seen, whatever was added or removed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from apps.common.pagination import read_page_token, sign_page_token

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items, and where the next ones begin; None on the last page."""

    items: list[Item]
    next_page_token: str | None


def page_of_rows(
    rows: QuerySet[Row], query: Mapping[str, Any], *, scope: str, field: str, is_descending: bool = False
) -> Page[Row]:
    """One page of `rows`, one statement.

    Args:
        rows: ordered by `field` alone, which no two of them share.
        query: `page_size` and `page_token`, as PageQuery checks them.
        scope: all that must be the same on the next page: the list, and whose it is.
        field: the lookup of the key, as "user__email".
        is_descending: the order is from the greatest down.

    Raises:
        InvalidInput: the page token is of another list.
    """
    size, token = query["page_size"], query.get("page_token")
    if token:
        comparison = "lt" if is_descending else "gt"
        rows = rows.filter(**{f"{field}__{comparison}": read_page_token(scope, token)[0]})
    found = list(rows[: size + 1])
    return _page(found, size, scope, lambda row: [reduce(getattr, field.split("__"), row)])


def page_of_items(
    items: Iterable[Item], query: Mapping[str, Any], *, scope: str, key: Callable[[Item], list[str]]
) -> Page[Item]:
    """The same for a list that is in memory: sorted by `key`, which no two items share."""
    size, token = query["page_size"], query.get("page_token")
    ordered = sorted(items, key=key)
    if token:
        position = read_page_token(scope, token)
        ordered = [item for item in ordered if key(item) > position]
    return _page(ordered[: size + 1], size, scope, key)


def _page(found: list[Item], size: int, scope: str, key: Callable[[Item], list[Any]]) -> Page[Item]:
    if len(found) <= size:
        return Page(found, None)
    return Page(found[:size], sign_page_token(scope, key(found[size - 1])))
