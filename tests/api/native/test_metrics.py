"""Metrics: columns in by three media types, columns out by three, summaries, bulk and export."""

from __future__ import annotations

import io
import math
import uuid
from typing import Any

import msgspec
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.runs.models import MetricBlock, Run
from apps.runs.services import delete_run
from tests.api.native.http import Answer, Somebody, call, data, everything, get, post, refusal
from tests.factories.cast import Cast
from tests.factories.runs import START_MS, make_run

MSGPACK = "application/msgpack"
ARROW = "application/vnd.apache.arrow.stream"
COLUMNS = {
    "step": [0, 1, 2],
    "timestamp_ms": [START_MS, START_MS + 1, START_MS + 2],
    "value": [0.5, "NaN", "-Infinity"],
}


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access(), points=0)


def metrics(run: Run) -> str:
    return f"/runs/{run.id.hex}/metrics"


def log(who: Somebody, run: Run, series: Any) -> Answer:
    return post(who, metrics(run), {"series": series})


def ramp(count: int) -> dict[str, list[Any]]:
    return {
        "step": list(range(count)),
        "timestamp_ms": [START_MS + n for n in range(count)],
        "value": [float(n) for n in range(count)],
    }


def arrow_stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def arrow_points(**columns: Any) -> pa.Table:
    return pa.table({"key": ["loss"], "step": [1], "timestamp_ms": [START_MS], "value": [0.5]} | columns)


def test_log_and_read_back_in_json(cast: Cast, run: Run) -> None:
    assert data(log(cast.member, run, {"loss": COLUMNS, "val/acc": ramp(2)})) == {"point_count": 5}
    assert data(get(cast.viewer, f"{metrics(run)}/loss")) == {
        "run_id": run.id.hex,
        "key": "loss",
        "total_count": 3,
        **COLUMNS,
    }
    assert data(get(cast.viewer, f"{metrics(run)}/val/acc"))["value"] == [0.0, 1.0]


def test_log_and_read_back_in_msgpack(cast: Cast, run: Run) -> None:
    binary = {
        "step": np.array([3, 4], "<i8").tobytes(),
        "timestamp_ms": np.array([START_MS, START_MS], "<i8").tobytes(),
        "value": np.array([math.inf, 0.25], "<f8").tobytes(),
    }
    body = msgspec.msgpack.encode({"series": {"loss": binary, "acc": {"step": [1], "timestamp_ms": [2], "value": [3]}}})
    assert data(post(cast.member, metrics(run), body, content_type=MSGPACK)) == {"point_count": 3}
    answer = get(cast.viewer, f"{metrics(run)}/loss", Accept=MSGPACK)
    assert answer.headers["Content-Type"] == MSGPACK
    assert msgspec.msgpack.decode(answer.content) == {
        "run_id": run.id.hex,
        "key": "loss",
        "total_count": 2,
        **binary,
    }


@pytest.mark.parametrize("key_type", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_log_and_read_back_in_arrow(cast: Cast, run: Run, key_type: pa.DataType) -> None:
    table = arrow_points(
        key=pa.array(["loss", "acc", "loss"]).cast(key_type),
        step=pa.array([2, 1, 1], pa.int32()),
        timestamp_ms=[START_MS] * 3,
        value=pa.array([0.5, 1.0, float("nan")], pa.float32()),
    )
    assert data(post(cast.member, metrics(run), arrow_stream(table), content_type=ARROW)) == {"point_count": 3}
    answer = get(cast.viewer, f"{metrics(run)}/loss", Accept=ARROW)
    read = pa.ipc.open_stream(answer.content).read_all()
    assert read["run_id"].to_pylist() == [run.id.hex] * 2
    assert read["step"].to_pylist() == [1, 2]
    assert math.isnan(read["value"][0].as_py())


def test_log_needs_an_editor(cast: Cast, run: Run) -> None:
    for who, status in ((cast.viewer, 403), (cast.stranger, 404), (None, 401)):
        assert log(who, run, {"loss": COLUMNS}).status_code == status
    assert data(log(cast.machine, run, {"loss": COLUMNS}))["point_count"] == 3


def test_log_to_a_run_that_is_not_there(cast: Cast, run: Run) -> None:
    absent = uuid.UUID(int=7).hex
    for who in (cast.member, cast.machine):
        answer = post(who, f"/runs/{absent}/metrics", {"series": {"loss": COLUMNS}})
        assert refusal(answer) == (404, "run_not_found", "run_id")
    delete_run(cast.member.access(), run_id=run.id)
    assert refusal(log(cast.member, run, {"loss": COLUMNS})) == (409, "run_not_active", "run_id")


def test_log_again_changes_nothing(cast: Cast, run: Run) -> None:
    for _ in range(2):
        data(log(cast.member, run, {"loss": COLUMNS}))
    assert data(get(cast.viewer, f"{metrics(run)}/loss"))["total_count"] == 3


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_input", "series"),
        ({"series": []}, "invalid_input", "series"),
        ({"series": {"loss": {"step": [1]}}}, "invalid_input", "series"),
        ({"series": {"loss": COLUMNS | {"step": [0]}}}, "metric_columns", "series.loss"),
        ({"series": {"loss": COLUMNS | {"step": [0, 1, 2.5]}}}, "invalid_input", "series"),
        ({"series": {"loss": COLUMNS | {"step": [0, 1, 2**63]}}}, "metric_number", "step or timestamp_ms"),
        ({"series": {"loss": COLUMNS | {"value": [0, 1, "x"]}}}, "invalid_input", "series"),
        ({"series": {"loss": COLUMNS | {"value": [0, 1, None]}}}, "invalid_input", "series"),
        ({"series": {"loss": COLUMNS | {"timestamp_ms": [0, 1, -1]}}}, "negative_time", "series"),
        ({"series": {"loss": COLUMNS | {"values": []}}}, "invalid_input", "series"),
        ({"series": {"loss": COLUMNS}, "run_id": "x"}, "invalid_input", "series"),
        ({"series": {"../up": COLUMNS}}, "invalid_value", "series"),
        ({"series": {"a\0b": COLUMNS}}, "invalid_value", "series"),
        ({"series": {"": COLUMNS}}, "invalid_value", "series"),
        ({"series": {"x" * 251: COLUMNS}}, "metric_key", "key"),
    ],
)
def test_log_refusals_store_nothing(cast: Cast, run: Run, body: Any, code: str, field: str) -> None:
    assert refusal(post(cast.member, metrics(run), body)) == (400, code, field)
    assert data(get(cast.viewer, metrics(run)))["items"] == []


@pytest.mark.parametrize("content_type", ["application/json", MSGPACK, ARROW])
@pytest.mark.parametrize("body", [b"", b"{", b"\xc1", b"\xff" * 64, b"[" * 100_000, b"\x91" * 100_000, b'{"series"'])
def test_log_garbage(cast: Cast, run: Run, content_type: str, body: bytes) -> None:
    assert post(cast.member, metrics(run), body, content_type=content_type).status_code == 400


def test_log_msgpack_column_of_odd_bytes(cast: Cast, run: Run) -> None:
    body = msgspec.msgpack.encode({"series": {"loss": {"step": b"123", "timestamp_ms": [1], "value": [1]}}})
    answer = post(cast.member, metrics(run), body, content_type=MSGPACK)
    assert refusal(answer) == (400, "metric_columns", "series.loss")


@pytest.mark.parametrize(
    ("table", "field"),
    [
        (arrow_points().drop_columns("step"), None),
        (arrow_points(more=[1]), None),
        (arrow_points(key=[1]), "key"),
        (arrow_points(step=["1"]), "step"),
        (arrow_points(value=[None]), "value"),
        (arrow_points(value=pa.array([None], pa.float64())), "value"),
        (arrow_points(key=pa.array([None], pa.string())), "key"),
        (arrow_points(timestamp_ms=pa.nulls(1)), "timestamp_ms"),
    ],
)
def test_log_arrow_that_is_no_points(cast: Cast, run: Run, table: pa.Table, field: str | None) -> None:
    answer = post(cast.member, metrics(run), arrow_stream(table), content_type=ARROW)
    assert refusal(answer) == (400, "metric_columns", field)


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
@pytest.mark.parametrize("key_type", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_log_arrow_that_would_unpack_to_much(cast: Cast, run: Run, compression: str, key_type: pa.DataType) -> None:
    count = 1_000_000
    table = arrow_points(
        key=pa.array(["loss"] * count).cast(key_type),
        step=np.zeros(count, np.int64),
        timestamp_ms=np.zeros(count, np.int64),
        value=np.zeros(count),
    )
    body = arrow_stream(table, compression)
    assert refusal(post(cast.member, metrics(run), body, content_type=ARROW)) == (400, "compressed_body", None)


def test_log_damaged_arrow_never_breaks_the_server(cast: Cast, run: Run) -> None:
    body = arrow_stream(arrow_points())
    for place in range(0, len(body), 7):
        damaged = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        assert post(cast.member, metrics(run), damaged, content_type=ARROW).status_code in {200, 400}, place
        assert post(cast.member, metrics(run), body[:place], content_type=ARROW).status_code in {200, 400}, place


def test_log_as_many_points_as_allowed(cast: Cast, run: Run) -> None:
    assert data(log(cast.member, run, {"loss": ramp(60_000), "acc": ramp(40_000)}))["point_count"] == 100_000
    assert data(get(cast.viewer, f"{metrics(run)}/loss"))["total_count"] == 60_000


def test_log_more_than_allowed(cast: Cast, run: Run) -> None:
    assert refusal(log(cast.member, run, {"loss": ramp(100_001)})) == (413, "too_many_points", None)
    large = post(cast.member, metrics(run), b" " * 16_000_001)
    assert refusal(large) == (413, "payload_too_large", None)


def test_list(cast: Cast, run: Run) -> None:
    data(
        log(
            cast.member,
            run,
            {"loss": COLUMNS, "acc": ramp(3), "none": {"step": [1], "timestamp_ms": [2], "value": ["NaN"]}},
        )
    )
    items = data(get(cast.viewer, metrics(run)))["items"]
    assert [item["key"] for item in items] == ["acc", "loss", "none"]
    assert items[0] == {
        "key": "acc",
        "point_count": 3,
        "latest": {"value": 2.0, "step": 2, "timestamp_ms": START_MS + 2},
        "first": {"value": 0.0, "step": 0, "timestamp_ms": START_MS},
        "min_value": 0.0,
        "max_value": 2.0,
    }
    assert (items[1]["latest"]["value"], items[1]["min_value"], items[1]["max_value"]) == (
        "-Infinity",
        "-Infinity",
        0.5,
    )
    assert (items[2]["latest"]["value"], items[2]["min_value"]) == ("NaN", None)
    assert everything(cast.viewer, metrics(run), page_size=2) == items


def test_reads_need_a_viewer(cast: Cast, run: Run) -> None:
    data(log(cast.member, run, {"loss": COLUMNS}))
    for path in (metrics(run), f"{metrics(run)}/loss", f"/runs/{run.id.hex}/metrics.parquet"):
        assert get(cast.viewer, path).status_code == 200
        assert refusal(get(cast.stranger, path)) == (404, "run_not_found", "run_id")
        assert get(None, path).status_code == 401


def test_read_of_an_unknown_metric(cast: Cast, run: Run) -> None:
    assert refusal(get(cast.viewer, f"{metrics(run)}/nothing")) == (404, "metric_not_found", "key")
    assert refusal(get(cast.viewer, f"{metrics(run)}/a%00b")) == (404, "not_found", None)


def test_read_reduced_keeps_extremes(cast: Cast, run: Run) -> None:
    columns = ramp(20_000)
    columns["value"][12_345] = 1e9
    columns["value"][54] = -1e9
    data(log(cast.member, run, {"loss": columns}))
    part = data(get(cast.viewer, f"{metrics(run)}/loss?points=100"))
    assert part["total_count"] == 20_000
    assert len(part["step"]) == len(part["timestamp_ms"]) == len(part["value"]) <= 100
    assert {1e9, -1e9} <= set(part["value"])
    assert (part["step"][0], part["step"][-1]) == (0, 19_999)


def test_read_a_range(cast: Cast, run: Run) -> None:
    data(log(cast.member, run, {"loss": ramp(100)}))
    path = f"{metrics(run)}/loss"
    assert data(get(cast.viewer, f"{path}?from_step=10&to_step=12"))["step"] == [10, 11, 12]
    part = data(get(cast.viewer, f"{path}?from_ms={START_MS + 98}"))
    assert (part["step"], part["total_count"]) == ([98, 99], 2)
    assert data(get(cast.viewer, f"{path}?from_step=500"))["step"] == []


def test_read_along_time(cast: Cast, run: Run) -> None:
    columns = {"step": [1, 2, 3], "timestamp_ms": [30, 20, 10], "value": [1.0, 2.0, 3.0]}
    data(log(cast.member, run, {"loss": columns}))
    assert data(get(cast.viewer, f"{metrics(run)}/loss"))["step"] == [1, 2, 3]
    assert data(get(cast.viewer, f"{metrics(run)}/loss?x=time"))["step"] == [3, 2, 1]


@pytest.mark.parametrize("query", ["points=1", "points=x", "x=wall", "from_step=a", f"to_step={2**63}", "format=arrow"])
def test_read_refusals(cast: Cast, run: Run, query: str) -> None:
    status, code, field = refusal(get(cast.viewer, f"{metrics(run)}/loss?{query}"))
    assert (status, code, field) == (400, "invalid_input", query.partition("=")[0])


def test_refusal_is_json_whatever_is_accepted(cast: Cast, run: Run) -> None:
    assert refusal(get(cast.viewer, f"{metrics(run)}/nothing", Accept=ARROW))[0] == 404


def test_query_of_many_runs(cast: Cast) -> None:
    open_run = make_run(cast.owner.access(), points=3)
    hidden = make_run(cast.owner.access(cast.restricted), points=2)
    body = {"run_ids": [hidden.id.hex, open_run.id.hex], "keys": ["loss", "nothing"]}
    series = data(post(cast.owner, "/metrics/query", body))["series"]
    assert [(part["run_id"], part["key"], part["total_count"]) for part in series] == [
        (hidden.id.hex, "loss", 2),
        (open_run.id.hex, "loss", 3),
    ]
    assert refusal(post(cast.member, "/metrics/query", body)) == (404, "run_not_found", "run_id")
    assert refusal(post(cast.stranger, "/metrics/query", body)) == (404, "run_not_found", "run_id")
    assert refusal(post(None, "/metrics/query", body)) == (401, "no_credential", None)


def test_query_in_msgpack_and_arrow(cast: Cast) -> None:
    runs = [make_run(cast.member.access(), name=name) for name in "ab"]
    body = {"run_ids": [run.id.hex for run in runs], "keys": ["loss"], "points": 5}
    packed = post(cast.viewer, "/metrics/query", body, Accept=MSGPACK)
    series = msgspec.msgpack.decode(packed.content)["series"]
    assert np.frombuffer(series[1]["value"], "<f8").tolist() == [1.0, 1 / 2, 1 / 3]
    table = pa.ipc.open_stream(post(cast.viewer, "/metrics/query", body, Accept=ARROW).content).read_all()
    assert table["run_id"].to_pylist() == [run.id.hex for run in runs for _ in range(3)]
    assert table["key"].to_pylist() == ["loss"] * 6


def test_query_that_finds_nothing_in_arrow(cast: Cast, run: Run) -> None:
    body = {"run_ids": [run.id.hex], "keys": ["nothing"]}
    table = pa.ipc.open_stream(post(cast.viewer, "/metrics/query", body, Accept=ARROW).content).read_all()
    assert table.num_rows == 0
    assert "run_id" in table.column_names


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"keys": ["loss"]}, 400, "invalid_input", "run_ids"),
        ({"run_ids": [], "keys": ["loss"]}, 400, "invalid_input", "run_ids"),
        ({"run_ids": ["x"], "keys": ["loss"]}, 404, "run_not_found", "run_id"),
        ({"run_ids": ["x"] * 101, "keys": ["loss"]}, 400, "invalid_input", "run_ids"),
        (
            {"run_ids": [f"{n:032x}" for n in range(99)], "keys": [str(n) for n in range(99)]},
            400,
            "too_many_metrics",
            "keys",
        ),
    ],
)
def test_query_refusals(cast: Cast, body: Any, status: int, code: str, field: str) -> None:
    assert refusal(post(cast.viewer, "/metrics/query", body)) == (status, code, field)


def test_export(cast: Cast, run: Run) -> None:
    data(log(cast.member, run, {"loss": COLUMNS, "acc": ramp(2)}))
    answer = get(cast.viewer, f"/runs/{run.id.hex}/metrics.parquet")
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run.id.hex}.parquet"'
    table = pq.read_table(io.BytesIO(b"".join(answer.streaming_content)))
    assert table["key"].to_pylist() == ["acc", "acc", "loss", "loss", "loss"]
    assert table["step"].to_pylist() == [0, 1, 0, 1, 2]


def test_ingest_is_one_statement_once_the_token_is_known(cast: Cast, run: Run, query_budget: Any) -> None:
    body = orjson.dumps({"series": {"loss": COLUMNS}})
    call(cast.machine, "POST", metrics(run), body)
    with query_budget("native/log-metrics"):
        data(call(cast.machine, "POST", metrics(run), body))
    assert MetricBlock.unscoped.filter(run_id=run.id).count() == 2
