"""A filter that cannot be understood, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common.filters.errors import InvalidFilter


@dataclass(frozen=True, slots=True)
class RefusedFilter:
    """Why, and the text cut at the place at fault."""

    reason: str
    before: str
    at: str
    after: str
    column: int


def refused_filter(exc: InvalidFilter, text: str) -> RefusedFilter:
    """`text`, which `exc` refuses."""
    at = min(exc.position, len(text))
    return RefusedFilter(exc.reason, text[:at], text[at : at + 1] or " ", text[at + 1 :], at + 1)
