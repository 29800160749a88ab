"""The refusal of a filter or an ordering, with the place at fault."""

from __future__ import annotations

from apps.common.errors import InvalidInput


class InvalidFilter(InvalidInput):
    """A filter or order_by that cannot be understood. `position` is the offset at fault, counted from 0."""

    def __init__(self, message: str, *, position: int, field: str = "filter") -> None:
        super().__init__("invalid_filter", f"Invalid {field}, column {position + 1}: {message}", field=field)
        self.reason = message
        self.position = position
