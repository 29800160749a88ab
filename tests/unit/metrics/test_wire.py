from __future__ import annotations

import io
import json
import math

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given

from apps.runs.metrics import wire
from apps.runs.metrics.points import Points
from tests.unit.metrics.model import ROWS, Row, bits, to_points


def _parse(points: Points, run_id: str | None = None) -> list[dict[str, object]]:
    parsed: list[dict[str, object]] = json.loads(b"[" + b"".join(wire.metric_json(points, run_id=run_id)) + b"]")
    return parsed


@given(ROWS)
def test_json_is_mlflows_metric_list(rows: list[Row]) -> None:
    for found, (series, step, time, value) in zip(_parse(to_points(rows)), rows, strict=True):
        labels = {name: text for name, text in series._asdict().items() if text}
        assert {**found, "value": None} == {**labels, "value": None, "timestamp": time, "step": step}
        # Python's float(), which protobuf's parser uses, reads the three names back.
        assert bits(float(found["value"])) == bits(value)  # type: ignore[arg-type]


def test_json_spells_nan_and_infinities_as_protobuf_does() -> None:
    points = Points.of_series("x", [1, 2, 3], [1, 1, 1], [math.nan, math.inf, -math.inf])
    assert [row["value"] for row in _parse(points)] == ["NaN", "Infinity", "-Infinity"]


def test_json_of_many_chunks_joins_and_names_the_run() -> None:
    count = 2 * wire.CHUNK_POINTS + 1
    points = Points.of_series("x", np.arange(count), np.arange(count), np.arange(count) / 7)
    assert len(list(wire.metric_json(points))) == 3
    found = _parse(points, run_id="r1")
    assert [row["step"] for row in found] == list(range(count))
    assert found[5] == {"key": "x", "value": 5 / 7, "timestamp": 5, "step": 5, "run_id": "r1"}


def test_no_points_make_no_chunk() -> None:
    assert list(wire.metric_json(Points.empty())) == []


@given(ROWS)
def test_arrow_and_parquet_hold_every_point(rows: list[Row]) -> None:
    points = to_points(rows)
    with pa.ipc.open_stream(wire.arrow_ipc(points)) as reader:
        arrow = reader.read_all()
    sink = io.BytesIO()
    wire.write_parquet(points, sink)
    sink.seek(0)
    for table in (arrow, pq.read_table(sink)):
        read = table.to_pylist()
        assert [(row["key"], row["step"], row["timestamp_ms"], bits(row["value"])) for row in read] == [
            (series.key, step, time, bits(value)) for series, step, time, value in rows
        ]
        assert [row["model_id"] for row in read] == [row[0].model_id or None for row in rows]


def test_msgpack_holds_typed_columns() -> None:
    points = Points.of_series("x", [1, 2], [3, 4], [0.5, math.nan])
    read = msgspec.msgpack.decode(wire.msgpack_series(points))
    assert read["count"] == 2
    assert np.frombuffer(read["step"], "<i8").tolist() == [1, 2]
    assert np.frombuffer(read["timestamp_ms"], "<i8").tolist() == [3, 4]
    assert np.frombuffer(read["value"], "<f8").tobytes() == points.value.tobytes()
