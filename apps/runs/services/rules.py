"""What may be logged to a run, with MLflow's limits and words (mlflow/utils/validation.py).

Values that are too long are cut, as MLflow does unless told otherwise; keys that are too long are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apps.common.errors import InvalidInput
from apps.experiments.keys import MAX_KEY_LENGTH, check_key, check_length, invalid_value, is_key
from apps.runs.metrics.points import Series

MAX_PARAM_VALUE_LENGTH = 6_000
MAX_TAG_VALUE_LENGTH = 8_000
MAX_USER_NAME_LENGTH = 256
MAX_BATCH_METRICS = 1_000
MAX_BATCH_PARAMS = 100
MAX_BATCH_TAGS = 100
MAX_BATCH_ENTRIES = 1_000
MAX_INITIAL_TAGS = 1_000
MAX_DATASET_NAME_LENGTH = 500
MAX_DATASET_DIGEST_LENGTH = 36

RUN_NAME_TAG = "mlflow.runName"

Pairs = Sequence[tuple[str, str]]


class MetricColumns(NamedTuple):
    """Metric points in lists of equal length: keys (or series), steps, milliseconds since the epoch, values."""

    keys: Sequence[str | Series]
    steps: Sequence[int]
    timestamps_ms: Sequence[int]
    values: Sequence[float]


def checked_params(params: Pairs, *, field: str = "") -> list[tuple[str, str]]:
    """The params, long values cut.

    Args:
        params: keys and values.
        field: the list's place in the request, as "params"; empty for a single param.

    Raises:
        InvalidInput: a key that no param can have.
    """
    checked = []
    for index, (key, value) in enumerate(params):
        check_key(key, field=f"{field}[{index}].key" if field else "key")
        check_length("Param key", key, MAX_KEY_LENGTH)
        checked.append((key, value[:MAX_PARAM_VALUE_LENGTH]))
    return checked


def checked_tags(tags: Pairs, *, field: str = "") -> list[tuple[str, str]]:
    """The tags, long values cut; arguments and errors as `checked_params`."""
    checked = []
    for index, (key, value) in enumerate(tags):
        place = f"{field}[{index}].key" if field else "key"
        check_key(key, field=place)
        check_length(place, key, MAX_KEY_LENGTH)
        checked.append((key, value[:MAX_TAG_VALUE_LENGTH]))
    return checked


def check_metrics(metrics: MetricColumns, *, field: str = "") -> None:
    """Refuse points that MLflow would refuse.

    Args:
        metrics: any number of points.
        field: the list's place in the request, as "metrics"; empty for a single point.

    Raises:
        InvalidInput: a key that no metric can have, a dataset that none can be, or a negative time.
    """
    keys = dict.fromkeys(metrics.keys)
    names = [key if isinstance(key, str) else key.key for key in keys]
    if not all(map(is_key, names)):
        _refuse_key(metrics, field)
    for key in keys:
        if not isinstance(key, str):
            check_length("dataset_name", key.dataset_name, MAX_DATASET_NAME_LENGTH)
            check_length("dataset_digest", key.dataset_digest, MAX_DATASET_DIGEST_LENGTH)
    if metrics.timestamps_ms and min(metrics.timestamps_ms) < 0:
        raise _negative_time(metrics, field)


def check_batch_size(metrics: int, params: int, tags: int) -> None:
    """Refuse a batch of more entries than one request may carry.

    Raises:
        InvalidInput: too many of one kind, or in total.
    """
    for what, limit, count in (
        ("metrics", MAX_BATCH_METRICS, metrics),
        ("params", MAX_BATCH_PARAMS, params),
        ("tags", MAX_BATCH_TAGS, tags),
        ("metrics, params, and tags", MAX_BATCH_ENTRIES, metrics + params + tags),
    ):
        check_count(what, count, limit)


def check_count(what: str, count: int, limit: int) -> None:
    """Refuse more than `limit` entries in one request.

    Raises:
        InvalidInput: there are more.
    """
    if count > limit:
        raise InvalidInput(
            "batch_too_large",
            f"A batch logging request can contain at most {limit} {what}. Got {count} {what}."
            f" Please split up {what} across multiple requests and try again.",
        )


def check_unique_params(params: Pairs) -> None:
    """Refuse a batch that gives one param twice, be it with the same value.

    Raises:
        InvalidInput: naming the keys.
    """
    seen: set[str] = set()
    duplicates = [key for key, _ in params if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    if duplicates:
        raise InvalidInput(
            "duplicate_param",
            f"Duplicate parameter keys have been submitted: {duplicates}. Please ensure the request contains only one"
            " param value per param key.",
        )


def _refuse_key(metrics: MetricColumns, field: str) -> None:
    for index, key in enumerate(metrics.keys):
        name = key if isinstance(key, str) else key.key
        check_key(name, field=f"{field}[{index}].name" if field else "name")
        check_length("Metric name", name, MAX_KEY_LENGTH)


def _negative_time(metrics: MetricColumns, field: str) -> InvalidInput:
    index, time = next((index, time) for index, time in enumerate(metrics.timestamps_ms) if time < 0)
    key = metrics.keys[index]
    name = key if isinstance(key, str) else key.key
    return invalid_value(
        f"{field}[{index}].timestamp" if field else "timestamp",
        time,
        f"metric '{name}' (value={metrics.values[index]}). Timestamp must be a nonnegative long (64-bit integer) ",
    )
