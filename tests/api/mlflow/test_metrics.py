"""Single points, histories, bulk histories and samples for charts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.mlflow.caller import START_MS, Caller


@pytest.fixture
def run_id(member: Caller) -> str:
    return member.new_run()


def log(caller: Caller, run_id: str, values: list[Any], key: str = "m") -> None:
    for start in range(0, len(values), 1000):
        part = [
            {"key": key, "value": value, "timestamp": START_MS + start + i, "step": start + i}
            for i, value in enumerate(values[start : start + 1000])
        ]
        assert caller.post("runs/log-batch", run_id=run_id, metrics=part).status == 200


def history(caller: Caller, run_id: str, **more: Any) -> list[dict[str, Any]]:
    reply = caller.get("metrics/get-history", run_id=run_id, metric_key="m", **more)
    assert reply.status == 200, reply
    return list(reply.body.get("metrics", []))


def test_latest_is_by_step_then_time_then_value(member: Caller, run_id: str) -> None:
    for value, time, step in ((1, 50, 5), (9, 99, 4), (2, 40, 5), (3, 50, 5), (2, 50, 5)):
        member.post("runs/log-metric", run_id=run_id, key="m", value=value, timestamp=time, step=step)
    assert member.run(run_id)["data"]["metrics"] == [{"key": "m", "value": 3.0, "timestamp": 50, "step": 5}]


def test_history_is_by_time_and_duplicates_collapse(member: Caller, run_id: str) -> None:
    for value, time, step in ((1, 30, 1), (2, 10, 3), (3, 20, 2), (2, 10, 3)):
        member.post("runs/log-metric", run_id=run_id, key="m", value=value, timestamp=time, step=step)
    assert [point["value"] for point in history(member, run_id)] == [2.0, 3.0, 1.0]


def test_history_pages(member: Caller, run_id: str) -> None:
    log(member, run_id, list(range(5)))
    query = {"run_id": run_id, "metric_key": "m", "max_results": 2}
    first = member.get("metrics/get-history", **query).body
    second = member.get("metrics/get-history", **query, page_token=first["next_page_token"]).body
    third = member.get("metrics/get-history", **query, page_token=second["next_page_token"]).body
    values = [point["value"] for page in (first, second, third) for point in page["metrics"]]
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert "next_page_token" not in third


def test_long_history_is_streamed_whole(member: Caller, run_id: str) -> None:
    log(member, run_id, [i / 3 for i in range(9_000)])
    found = history(member, run_id)
    assert [point["value"] for point in found] == [i / 3 for i in range(9_000)]
    assert found[-1] == {"key": "m", "value": 8_999 / 3, "timestamp": START_MS + 8_999, "step": 8_999}


@pytest.mark.parametrize("max_results", [0, -1])
def test_history_pages_have_a_size(member: Caller, run_id: str, max_results: int) -> None:
    reply = member.get("metrics/get-history", run_id=run_id, metric_key="m", max_results=max_results)
    assert reply.message.endswith("It must be a positive integer.")


def test_history_token_of_another_metric_is_refused(member: Caller, run_id: str) -> None:
    log(member, run_id, [1, 2])
    token = member.get("metrics/get-history", run_id=run_id, metric_key="m", max_results=1).body["next_page_token"]
    assert member.get("metrics/get-history", run_id=run_id, metric_key="n", page_token=token).status == 400
    assert member.get("metrics/get-history", run_id=run_id, metric_key="m", page_token="bm8=").status == 400


def test_histories_of_strangers_runs_are_empty_like_those_of_none(
    member: Caller, stranger: Caller, run_id: str
) -> None:
    log(member, run_id, [1, 2])
    for unseen in (run_id, "0" * 32, "nonsense"):
        assert history(stranger, unseen) == []
        bulk = stranger.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=[unseen], metric_key="m")
        assert bulk.body == {"metrics": []}
        interval = stranger.get("metrics/get-history-bulk-interval", run_ids=[unseen], metric_key="m")
        assert interval.body == {}


def test_bulk_joins_runs_and_is_bounded(member: Caller, run_id: str) -> None:
    other = member.new_run()
    log(member, run_id, [1, 2, 3])
    log(member, other, [4, 5])
    path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    found = member.get(path, run_id=[other, run_id, "0" * 32], metric_key="m").body["metrics"]
    assert [(point["run_id"], point["value"]) for point in found] == [
        *((run_id, value) for value in (1.0, 2.0, 3.0)),
        *((other, value) for value in (4.0, 5.0)),
    ]
    assert len(member.get(path, run_id=[run_id, other], metric_key="m", max_results=4).body["metrics"]) == 4
    assert member.get(path, run_id=[f"{i:032x}" for i in range(101)], metric_key="m").status == 400
    assert member.get(path, metric_key="m").status == 400


def test_bulk_answers_below_ajax_api_alone(member: Caller, run_id: str) -> None:
    reply = member.get("metrics/get-history-bulk", run_id=[run_id], metric_key="m")
    assert (reply.status, reply.code) == (404, "ENDPOINT_NOT_FOUND")


def test_interval_keeps_ends_and_spikes(member: Caller, run_id: str) -> None:
    values = [0.0] * 5_000
    values[1_234], values[3_210] = 100.0, -100.0
    log(member, run_id, values)
    found = member.get("metrics/get-history-bulk-interval", run_ids=[run_id], metric_key="m", max_results=100).body
    steps = {point["step"]: point["value"] for point in found["metrics"]}
    assert len(steps) <= 100
    assert {0, 4_999} <= steps.keys()
    assert (steps[1_234], steps[3_210]) == (100.0, -100.0)


def test_interval_of_steps(member: Caller, run_id: str) -> None:
    log(member, run_id, list(range(20)))
    query = {"run_ids": [run_id], "metric_key": "m"}
    found = member.get("metrics/get-history-bulk-interval", **query, start_step=5, end_step=8).body["metrics"]
    assert [point["step"] for point in found] == [5, 6, 7, 8]
    assert member.get("metrics/get-history-bulk-interval", **query, start_step=5).status == 400
    assert member.get("metrics/get-history-bulk-interval", **query, start_step=8, end_step=5).status == 400


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_interval_of_few_points_ends_with_the_last(member: Caller, run_id: str, limit: int) -> None:
    log(member, run_id, list(range(20)))
    found = member.get("metrics/get-history-bulk-interval", run_ids=[run_id], metric_key="m", max_results=limit).body
    steps = [point["step"] for point in found["metrics"]]
    assert len(steps) == limit
    assert steps[-1] == 19
    assert limit == 1 or steps[0] == 0
