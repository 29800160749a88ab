"""How many results a page may have."""

from __future__ import annotations

from apps.common.errors import InvalidInput

MAX_PAGE_SIZE = 50_000


def check_page_size(max_results: int) -> None:
    """Refuse pages of no or of too many results.

    Raises:
        InvalidInput: `max_results` is not from 1 to 50,000.
    """
    reason = ""
    if max_results < 1:
        reason = "It must be a positive integer"
    elif max_results > MAX_PAGE_SIZE:
        reason = f"It must be at most {MAX_PAGE_SIZE}"
    if reason:
        message = f"Invalid value {max_results} for parameter 'max_results' supplied. {reason}"
        raise InvalidInput("invalid_page_size", message, field="max_results")
