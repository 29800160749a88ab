"""What MLflow checks of a request's fields, with its words for what is wrong.

A check takes the raw JSON value and raises `CheckFailed`. Type checks are only consulted when the body did not
convert as a whole; `required` and value checks always are (mlflow/server/handlers.py,
`_validate_param_against_schema`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from apps.common.errors import InvalidInput

Check = Callable[[Any], None]

ECHOED_VALUE_CHARS = 1_000
SEE_DOCS = " See the API docs for more information about request parameters."


class CheckFailed(Exception):
    """A field is wrong; `message` is given when the check can say more than "invalid value"."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def required(value: Any) -> None:
    """The field is there and not the empty string."""
    _require(value is not None and value != "")


def string(value: Any) -> None:
    """A string."""
    _require(isinstance(value, str))


def array(value: Any) -> None:
    """A list."""
    _require(isinstance(value, list))


def string_items(value: Any) -> None:
    """A list of strings."""
    _require(isinstance(value, list) and all(isinstance(item, str) for item in value))


def int_like(value: Any) -> None:
    """A whole number, or a text of one."""
    try:
        int(value)
    except (TypeError, ValueError, OverflowError):
        raise CheckFailed from None


def float_like(value: Any) -> None:
    """A number, or a text of one."""
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        raise CheckFailed from None


def at_most(limit: int) -> Check:
    """A value check: a number of at most `limit`."""

    def check(value: Any) -> None:
        _require(int(value) <= limit)

    return check


def between(least: int, most: int, message: str) -> Check:
    """A value check: a number from `least` to `most`; `message` says so."""

    def check(value: Any) -> None:
        if not least <= int(value) <= most:
            raise CheckFailed(message)

    return check


def at_most_items(limit: int, message: str) -> Check:
    """A value check: a list of at most `limit` items; `message` has a place for the number received."""

    def check(value: Any) -> None:
        if len(value) > limit:
            raise CheckFailed(message.format(len(value)))

    return check


def fields_present(name: str, *fields: str) -> Check:
    """Every object of the list `name` has each of `fields`; the message carries the JSON path of the first that does not."""

    def check(value: Any) -> None:
        for index, item in enumerate(value):
            for field in fields:
                if not isinstance(item, dict) or item.get(field) in (None, ""):
                    raise CheckFailed(f"Missing value for required parameter '{name}[{index}].{field}'.")

    return check


TYPE_CHECKS = frozenset({string, array, string_items, int_like, float_like})


def run_checks(checks: tuple[Check, ...], name: str, value: Any, *, converted: bool) -> None:
    """Apply `checks` to a field's raw value.

    Raises:
        InvalidInput: with MLflow's text for the first check that fails.
    """
    for check in checks:
        if converted and check in TYPE_CHECKS:
            continue
        try:
            check(value)
        except CheckFailed as exc:
            if exc.message:
                raise InvalidInput("invalid_parameter", exc.message + SEE_DOCS, field=name) from None
            raise (missing(name) if check is required else wrong_type(name, value)) from None
        except (TypeError, ValueError, AttributeError, OverflowError):
            # A value check that met a value of another type than it counts on.
            raise wrong_type(name, value) from None


def missing(name: str) -> InvalidInput:
    """The refusal of a request that lacks `name`."""
    return InvalidInput("missing_parameter", f"Missing value for required parameter '{name}'.{SEE_DOCS}", field=name)


def wrong_type(name: str, value: Any) -> InvalidInput:
    """The refusal of a value of the wrong type or form."""
    text = f"Invalid value {as_json(value)} for parameter '{name}' supplied: "
    return InvalidInput(
        "invalid_parameter", f"{text} Hint: Value was of type '{type(value).__name__}'.{SEE_DOCS}", field=name
    )


def as_json(value: Any) -> str:
    """`value` as MLflow writes values into its messages: compact, keys sorted; cut when it is very long."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= ECHOED_VALUE_CHARS else text[:ECHOED_VALUE_CHARS] + "..."


def _require(condition: bool) -> None:
    if not condition:
        raise CheckFailed
