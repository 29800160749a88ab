"""runs/log-batch: all or nothing, limits, the order of points."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.mlflow.caller import START_MS, Caller


def points(count: int, key: str = "m") -> list[dict[str, Any]]:
    return [{"key": key, "value": i / 4, "timestamp": START_MS + i, "step": i} for i in range(count)]


def pairs(count: int, prefix: str = "k") -> list[dict[str, str]]:
    return [{"key": f"{prefix}{i}", "value": str(i)} for i in range(count)]


def everything(caller: Caller, run_id: str) -> dict[str, Any]:
    return dict(caller.run(run_id)["data"])


def test_everything_at_once(member: Caller) -> None:
    run_id = member.new_run(run_name="r")
    assert member.post("runs/log-batch", run_id=run_id, metrics=points(3), params=pairs(2), tags=pairs(2)).body == {}
    assert everything(member, run_id) == {
        "metrics": [{"key": "m", "value": 0.5, "timestamp": START_MS + 2, "step": 2}],
        "params": pairs(2),
        "tags": [*pairs(2), {"key": "mlflow.runName", "value": "r"}],
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"params": [{"key": "lr", "value": "2"}]},
        {"params": [{"key": "a|b", "value": "1"}]},
        {"params": [{"key": "d", "value": "1"}, {"key": "d", "value": "1"}]},
        {"params": pairs(101)},
        {"tags": [{"key": "a|b", "value": "1"}]},
        {"tags": pairs(101)},
        {"metrics": [*points(1), {"key": "a$b", "value": 1, "timestamp": 1}]},
        {"metrics": [*points(1), {"key": "m", "value": 1, "timestamp": -1}]},
        {"metrics": [*points(1), {"key": "m", "value": "high", "timestamp": 1}]},
        {"metrics": [*points(1), {"key": "m", "value": 1}]},
        {"metrics": points(1001)},
        {"metrics": points(950), "params": pairs(51)},
        {"metrics": "m"},
        {"metrics": [None]},
        {"tags": {"a": "b"}},
    ],
    ids=lambda bad: str(bad)[:60],
)
def test_one_bad_entry_and_nothing_is_stored(member: Caller, bad: dict[str, Any]) -> None:
    run_id = member.new_run()
    member.post("runs/log-parameter", run_id=run_id, key="lr", value="1")
    before = everything(member, run_id)
    good = {"metrics": points(2, "good"), "params": pairs(2, "good"), "tags": pairs(2, "good")}
    reply = member.post("runs/log-batch", run_id=run_id, **(good | bad))
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert everything(member, run_id) == before


def test_messages_name_the_place(member: Caller) -> None:
    run_id = member.new_run()
    bad = [*points(1), {"key": "a$b", "value": 1, "timestamp": 1}]
    assert "parameter 'metrics[1].name'" in member.post("runs/log-batch", run_id=run_id, metrics=bad).message
    missing = member.post("runs/log-batch", run_id=run_id, params=[{"value": "1"}])
    assert missing.message.startswith("Missing value for required parameter 'params[0].key'.")


def test_greatest_batch(member: Caller) -> None:
    run_id = member.new_run()
    assert (
        member.post("runs/log-batch", run_id=run_id, metrics=points(800), params=pairs(100), tags=pairs(100)).body == {}
    )
    assert len(member.data(run_id, "params")) == 100


def test_more_than_a_million_bytes_are_refused_unread(member: Caller) -> None:
    run_id = member.new_run()
    tags = [{"key": f"t{i}", "value": "v" * 11_000} for i in range(95)]
    reply = member.post("runs/log-batch", run_id=run_id, tags=tags)
    assert reply.status == 400
    assert "must be at most 1000000 bytes" in reply.message


def test_of_a_tag_that_stands_twice_the_last_counts(member: Caller) -> None:
    run_id = member.new_run()
    member.post("runs/log-batch", run_id=run_id, tags=[{"key": "d", "value": "1"}, {"key": "d", "value": "2"}])
    assert member.data(run_id, "tags")["d"] == "2"


def test_params_that_are_known_already_may_come_again(member: Caller) -> None:
    run_id = member.new_run()
    member.post("runs/log-batch", run_id=run_id, params=pairs(3))
    assert member.post("runs/log-batch", run_id=run_id, params=pairs(5)).status == 200
    changed = [{"key": "k1", "value": "x"}, {"key": "k2", "value": "y"}, {"key": "new", "value": "z"}]
    reply = member.post("runs/log-batch", run_id=run_id, params=changed)
    assert reply.message == (
        "Changing param values is not allowed. Params were already logged="
        "'[{'key': 'k1', 'old_value': '1', 'new_value': 'x'}, {'key': 'k2', 'old_value': '2', 'new_value': 'y'}]' "
        f"for run ID='{run_id}'."
    )
    assert member.data(run_id, "params").keys() == {"k0", "k1", "k2", "k3", "k4"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_special_values_come_back_as_words(member: Caller, value: str) -> None:
    run_id = member.new_run()
    member.post("runs/log-batch", run_id=run_id, metrics=[{"key": "m", "value": value, "timestamp": 1}])
    member.post("runs/log-metric", run_id=run_id, key="n", value=value, timestamp=1)
    assert member.data(run_id, "metrics") == {"m": value, "n": value}


def test_unknown_fields_of_newer_clients_are_ignored(member: Caller) -> None:
    run_id = member.new_run()
    metrics = [{**points(1)[0], "unit": "m"}]
    assert member.post("runs/log-batch", run_id=run_id, metrics=metrics, color="red").status == 200
    assert member.data(run_id, "metrics") == {"m": 0.0}


def test_numbers_may_be_texts(member: Caller) -> None:
    run_id = member.new_run()
    metrics = [{"key": "m", "value": "2.5", "timestamp": str(START_MS), "step": "-3"}]
    member.post("runs/log-batch", run_id=run_id, metrics=metrics)
    assert member.run(run_id)["data"]["metrics"] == [{"key": "m", "value": 2.5, "timestamp": START_MS, "step": -3}]
