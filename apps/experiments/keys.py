"""Rules for what users name and tag, with MLflow's limits and words (mlflow/utils/validation.py)."""

from __future__ import annotations

import json
import posixpath
import re
from functools import lru_cache

from apps.common.errors import InvalidInput

MAX_KEY_LENGTH = 250
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_EXPERIMENT_TAG_VALUE_LENGTH = 20_000
_KEY = re.compile(r"[/\w.\- :]*")
_BAD_CHARACTERS = (
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and"
    " slashes (/)."
)


def check_key(key: str, *, field: str = "key") -> None:
    """Refuse a key of a metric, param or tag that could not also name a file.

    Args:
        key: what the user chose.
        field: where it stands in the request, as a JSON path.

    Raises:
        InvalidInput: it has other characters than allowed, or is no normalised relative path.
    """
    if is_key(key) or _names_a_file(key):
        return
    if not _KEY.fullmatch(key):
        raise invalid_value(field, key, _BAD_CHARACTERS)
    raise resolves_elsewhere(field, key)


def check_length(name: str, text: str, maximum: int) -> None:
    """Refuse `text` of more than `maximum` characters.

    Raises:
        InvalidInput: it is longer.
    """
    if len(text) > maximum:
        raise InvalidInput("too_long", f"'{name}' exceeds the maximum length of {maximum} characters", field=name)


def check_experiment_name(name: str) -> None:
    """Refuse a name that an experiment cannot have.

    Raises:
        InvalidInput: it is empty or too long.
    """
    if not name:
        raise InvalidInput("invalid_name", f"Invalid experiment name: '{name}'", field="name")
    check_length("name", name, MAX_EXPERIMENT_NAME_LENGTH)


def check_experiment_tag(key: str, value: str) -> None:
    """Refuse a tag that an experiment cannot have.

    Raises:
        InvalidInput: the key or the value.
    """
    check_key(key)
    check_length("key", key, MAX_KEY_LENGTH)
    check_length("value", value, MAX_EXPERIMENT_TAG_VALUE_LENGTH)


def resolves_elsewhere(field: str, name: str) -> InvalidInput:
    """The refusal of a name that, taken as a path, would be another one."""
    return invalid_value(
        field,
        name,
        "Names may be treated as files in certain cases, and must not resolve to other names when treated as such."
        f" This name would resolve to {posixpath.normpath(name)!r}",
    )


def invalid_value(field: str, value: object, reason: str) -> InvalidInput:
    """The refusal of one value, as MLflow writes it."""
    shown = json.dumps(value, sort_keys=True, separators=(",", ":"))
    message = f"Invalid value {shown} for parameter '{field}' supplied: {reason}"
    return InvalidInput("invalid_value", message, field=field)


# Training code logs the same few keys again and again; remembering them saves most of a batch's validation.
@lru_cache(maxsize=16_384)
def is_key(key: str) -> bool:
    """Whether `check_key` and the limit of length accept `key`."""
    return len(key) <= MAX_KEY_LENGTH and _names_a_file(key)


def _names_a_file(key: str) -> bool:
    normal = posixpath.normpath(key)
    return normal == key and normal != "." and not normal.startswith(("..", "/")) and _KEY.fullmatch(key) is not None
