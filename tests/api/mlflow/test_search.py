"""runs/search and experiments/search-datasets through the protocol."""

from __future__ import annotations

import pytest

from tests.api.mlflow.caller import START_MS, Caller

DATASET = {"name": "iris", "digest": "d1", "source_type": "local", "source": "iris.csv", "schema": "{}"}
TRAINING = [{"key": "mlflow.data.context", "value": "training"}]


def test_whole_runs_come_back(member: Caller) -> None:
    number = member.new_experiment()
    run_id = member.new_run(number)
    member.post("runs/log-batch", run_id=run_id, metrics=[{"key": "m", "value": 1, "timestamp": 1}])
    member.post("runs/log-inputs", run_id=run_id, datasets=[{"dataset": DATASET, "tags": TRAINING}])
    found = member.post("runs/search", experiment_ids=[number], filter="metrics.m > 0").body["runs"]
    assert found == [member.run(run_id)]


def test_pages_and_tokens(member: Caller) -> None:
    number = member.new_experiment()
    run_ids = [member.new_run(number, start_time=START_MS + i) for i in range(3)]
    query = {"experiment_ids": [number], "max_results": 2}
    first = member.post("runs/search", **query).body
    rest = member.post("runs/search", **query, page_token=first["next_page_token"]).body
    found = [run["info"]["run_id"] for page in (first, rest) for run in page["runs"]]
    assert found == run_ids[::-1]
    other = member.post("runs/search", **query, filter="status = 'RUNNING'", page_token=first["next_page_token"])
    assert (other.status, other.code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("view", ["ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3])
def test_views(member: Caller, view: str | int) -> None:
    number = member.new_experiment()
    active, deleted = member.new_run(number), member.new_run(number)
    member.post("runs/delete", run_id=deleted)
    shown = {1: {active}, 2: {deleted}, 3: {active, deleted}}
    key = view if isinstance(view, int) else ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"].index(view) + 1
    found = member.post("runs/search", experiment_ids=[number], run_view_type=view).body["runs"]
    assert {run["info"]["run_id"] for run in found} == shown[key]


def test_nothing_to_search_in_finds_nothing(member: Caller) -> None:
    member.new_run()
    for numbers in ([], ["77"]):
        assert member.post("runs/search", experiment_ids=numbers).body == {}
    assert member.post("runs/search").body == {}
    assert member.post("runs/search", experiment_ids=["abc"]).status == 400


def test_filters_that_cannot_be_read_say_where(member: Caller) -> None:
    reply = member.post("runs/search", experiment_ids=["0"], filter="metrics.loss <")
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert "column" in reply.message


def test_datasets_are_logged_once(member: Caller) -> None:
    number = member.new_experiment()
    first, second = member.new_run(number), member.new_run(number)
    for run_id in (first, first, second):
        uses = [{"dataset": DATASET, "tags": TRAINING}, {"dataset": {**DATASET, "schema": "other"}}]
        assert member.post("runs/log-inputs", run_id=run_id, datasets=uses).body == {}
    assert member.run(first)["inputs"] == {"dataset_inputs": [{"tags": TRAINING, "dataset": DATASET}]}
    found = member.post("/ajax-api/2.0/mlflow/experiments/search-datasets", experiment_ids=[number]).body
    summary = {"experiment_id": number, "name": "iris", "digest": "d1", "context": "training"}
    assert found == {"dataset_summaries": [summary]}


@pytest.mark.parametrize(
    "changes", [{"name": "n" * 501}, {"digest": "d" * 37}, {"source": "s" * 65_536}, {"source_type": "t" * 37}]
)
def test_datasets_with_long_texts_are_refused(member: Caller, changes: dict[str, str]) -> None:
    run_id = member.new_run()
    assert member.post("runs/log-inputs", run_id=run_id, datasets=[{"dataset": {**DATASET, **changes}}]).status == 400
    assert member.run(run_id)["inputs"] == {}


def test_dataset_search_is_bounded(member: Caller) -> None:
    path = "/ajax-api/2.0/mlflow/experiments/search-datasets"
    assert member.post(path).status == 400
    assert member.post(path, experiment_ids=[str(i) for i in range(21)]).status == 400
