"""Points on the wire: MLflow's JSON in chunks, typed arrays, Arrow and Parquet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import IO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apps.runs.metrics.points import Points, Series

CHUNK_POINTS = 4096
"""Points encoded at a time: about 320 KB of JSON, whatever the length of the history."""

_SPECIAL = {math.inf: "Infinity", -math.inf: "-Infinity"}


class _Metric(msgspec.Struct, gc=False, omit_defaults=True):
    key: str | None
    value: float | str
    timestamp: int
    step: int
    run_id: str | None = None
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


_encoder = msgspec.json.Encoder()


def json_number(value: float) -> float | str:
    """A double as protobuf's JSON has it: NaN and infinities as text, which the client reads back.

    MLflow's own server clamps infinities to 1.797e308; we keep what was logged.
    """
    if math.isfinite(value):
        return value
    return _SPECIAL.get(value, "NaN")


def json_values(points: Points) -> list[float | str]:
    """The values as a list for JSON; see `json_number`."""
    values: list[float | str] = points.value.tolist()
    for place in np.flatnonzero(~np.isfinite(points.value)).tolist():
        values[place] = json_number(float(points.value[place]))
    return values


def metric_json(points: Points, *, run_id: str | None = None) -> Iterator[bytes]:
    """The points as the elements of a JSON array, without its brackets, chunk by chunk.

    Each is `{"key", "value", "timestamp", "step"}`, then `run_id` if one is given, then model_id,
    dataset_name and dataset_digest where the series has them. Chunks joined are valid between
    brackets; no chunk is empty, and no points give no chunk.
    """
    for start in range(0, len(points), CHUNK_POINTS):
        chunk = points.take(slice(start, start + CHUNK_POINTS))
        text = _encoder.encode(_metrics(chunk, run_id))
        yield (b"," if start else b"") + text[1:-1]


def _metrics(chunk: Points, run_id: str | None) -> list[_Metric]:
    keys, *labels = (_per_point(texts, chunk) for texts in zip(*chunk.series, strict=True))
    values, times, steps = json_values(chunk), chunk.timestamp_ms.tolist(), chunk.step.tolist()
    return list(map(_Metric, keys, values, times, steps, repeat(run_id), *labels))


def _per_point(texts: tuple[str, ...], chunk: Points) -> Iterable[str | None]:
    """A text of each point's series; None for the empty one, which is left out."""
    if len(set(texts)) == 1:
        return repeat(texts[0] or None)
    return [texts[place] or None for place in chunk.index.tolist()]


def msgpack_series(points: Points) -> bytes:
    """One key's points as msgpack: `{"count", "step", "timestamp_ms", "value"}`.

    The three columns are binary, little-endian: int64, int64, float64 (NaN and infinities as they
    are): a typed array in the browser without parsing a number.
    """
    return msgspec.msgpack.encode(
        {
            "count": len(points),
            "step": points.step.astype("<i8", copy=False).tobytes(),
            "timestamp_ms": points.timestamp_ms.astype("<i8", copy=False).tobytes(),
            "value": points.value.astype("<f8", copy=False).tobytes(),
        }
    )


def arrow_table(points: Points) -> pa.Table:
    """The points as an Arrow table: key, step, timestamp_ms, value, then model and dataset.

    Texts are dictionary-encoded; an absent model or dataset is null.
    """
    index = pa.array(points.index)
    columns = {"key": _labels(index, [series.key for series in points.series])}
    columns["step"] = pa.array(points.step)
    columns["timestamp_ms"] = pa.array(points.timestamp_ms)
    columns["value"] = pa.array(points.value)
    for name in Series._fields[1:]:
        columns[name] = _labels(index, [getattr(series, name) for series in points.series])
    return pa.table(columns)


def arrow_ipc(points: Points) -> bytes:
    """The table of `arrow_table` as one Arrow IPC stream."""
    table = arrow_table(points)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def write_parquet(points: Points, sink: IO[bytes] | str) -> None:
    """All points of a run as Parquet into an open binary file or a path; columns as `arrow_table`."""
    pq.write_table(
        arrow_table(points),
        sink,
        compression="zstd",
        use_dictionary=["key", *Series._fields[1:]],
        column_encoding={
            "step": "DELTA_BINARY_PACKED",
            "timestamp_ms": "DELTA_BINARY_PACKED",
            "value": "BYTE_STREAM_SPLIT",
        },
    )


def _labels(index: pa.Array, texts: list[str]) -> pa.DictionaryArray:
    distinct = {text: place for place, text in enumerate(dict.fromkeys(filter(None, texts)))}
    remap = pa.array([distinct.get(text) for text in texts], pa.int32())
    return pa.DictionaryArray.from_arrays(remap.take(index), pa.array(list(distinct), pa.string()))
