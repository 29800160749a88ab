"""Metric points as requests carry them: columns by key, in JSON or msgpack, or an Arrow stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from rest_framework.parsers import BaseParser

from apps.common.api.json import JSON, bounded_body
from apps.common.errors import InvalidInput, PayloadTooLarge
from apps.experiments.keys import check_key
from apps.runs.api.arrow import ARROW_STREAM, points_of_arrow
from apps.runs.metrics.points import Points, Series, float64s, int64s

MSGPACK = "application/msgpack"
MAX_POINTS_PER_REQUEST = 100_000
MAX_INGEST_BYTES = 16_000_000
_ITEM_BYTES = 8

Found = TypeVar("Found")


class JsonColumns(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Columns of equal length of one key."""

    step: list[int]
    timestamp_ms: list[int]
    value: list[float | Literal["NaN", "Infinity", "-Infinity"]]


class MsgpackColumns(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The same; a column may be binary: little-endian int64, int64 and float64."""

    step: list[int] | bytes
    timestamp_ms: list[int] | bytes
    value: list[float] | bytes


class JsonPoints(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an ingest request."""

    series: dict[str, JsonColumns]


class MsgpackPoints(msgspec.Struct, forbid_unknown_fields=True):
    """The same in msgpack."""

    series: dict[str, MsgpackColumns]


_json = msgspec.json.Decoder(JsonPoints)
_msgpack = msgspec.msgpack.Decoder(MsgpackPoints)


class _PointsParser(BaseParser):
    """Reads points, and checks that they may be logged: keys, times, and how many there are."""

    def decode(self, body: bytes) -> Points:
        """The points of a body of this media type."""
        raise NotImplementedError

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Points]:
        """`{"points": ...}`, those of the body.

        Raises:
            InvalidInput: it is malformed, or has what no metric can have.
            PayloadTooLarge: it is too long, or has too many points.
        """
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH")
        return {"points": checked(self.decode(bounded_body(stream, length, MAX_INGEST_BYTES)))}


def points_of_json(body: bytes) -> Points:
    """The points of `{"series": {key: {"step": [...], "timestamp_ms": [...], "value": [...]}}}`.

    Raises:
        InvalidInput: it is none.
    """
    return _points(_decoded(_json.decode, body).series)


def points_of_msgpack(body: bytes) -> Points:
    """The points of the same in msgpack, where columns may be binary; raises as `points_of_json`."""
    return _points(_decoded(_msgpack.decode, body).series)


class JsonPointsParser(_PointsParser):
    """Points in JSON."""

    media_type = JSON

    def decode(self, body: bytes) -> Points:
        """See `points_of_json`."""
        return points_of_json(body)


class MsgpackPointsParser(_PointsParser):
    """Points in msgpack."""

    media_type = MSGPACK

    def decode(self, body: bytes) -> Points:
        """See `points_of_msgpack`."""
        return points_of_msgpack(body)


class ArrowPointsParser(_PointsParser):
    """Points in an Arrow stream."""

    media_type = ARROW_STREAM

    def decode(self, body: bytes) -> Points:
        """See `points_of_arrow`."""
        return points_of_arrow(body)


def checked(points: Points) -> Points:
    """`points`, if they may be logged: the same rules as MLflow's.

    Raises:
        InvalidInput: a key that no metric can have, or a negative time.
        PayloadTooLarge: more than a request may carry.
    """
    if len(points) > MAX_POINTS_PER_REQUEST:
        message = f"At most {MAX_POINTS_PER_REQUEST} points a request, not {len(points)}: send several."
        raise PayloadTooLarge("too_many_points", message)
    for series in points.series:
        check_key(series.key, field="series")
    if len(points) and points.timestamp_ms.min() < 0:
        raise InvalidInput("negative_time", "A timestamp is negative: milliseconds since the epoch.", field="series")
    return points


def _decoded(decode: Callable[[bytes], Found], body: bytes) -> Found:
    try:
        return decode(body)
    except msgspec.ValidationError as exc:
        raise InvalidInput("invalid_input", str(exc), field="series") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidInput("malformed_body", f"The body cannot be decoded: {exc}.") from exc


def _points(series: Mapping[str, JsonColumns] | Mapping[str, MsgpackColumns]) -> Points:
    steps, times, values, counts = [], [], [], []
    for key, columns in series.items():
        step, time, value = _column(columns.step, key), _column(columns.timestamp_ms, key), _values(columns.value, key)
        if not len(step) == len(time) == len(value):
            message = f"The columns of {key!r} differ in length: {len(step)}, {len(time)} and {len(value)}."
            raise InvalidInput("metric_columns", message, field=f"series.{key}")
        steps.append(step)
        times.append(time)
        values.append(value)
        counts.append(len(step))
    if not counts:
        return Points.empty()
    index = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    columns_of_all = (np.concatenate(steps), np.concatenate(times), np.concatenate(values))
    return Points(tuple(map(Series, series)), index, *columns_of_all)


def _column(column: list[int] | bytes, key: str) -> NDArray[np.int64]:
    return int64s(column, "step or timestamp_ms") if isinstance(column, list) else _binary(column, "<i8", key)


def _values(column: list[Any] | bytes, key: str) -> NDArray[np.float64]:
    return float64s(list(map(float, column))) if isinstance(column, list) else _binary(column, "<f8", key)


def _binary(column: bytes, dtype: str, key: str) -> NDArray[Any]:
    if len(column) % _ITEM_BYTES:
        raise InvalidInput("metric_columns", "A binary column has 8 bytes a point.", field=f"series.{key}")
    return np.frombuffer(column, dtype)
