"""How many statements the protocol's requests take, transaction control included. See tests/budgets.py."""

from __future__ import annotations

import pytest

from tests.api.mlflow.caller import START_MS, Caller
from tests.budgets import Budget


def test_warm_requests(member: Caller, query_budget: Budget) -> None:
    number = member.new_experiment()
    run_id = member.new_run(number)
    params = [{"key": f"p{i}", "value": str(i)} for i in range(20)]
    tags = [{"key": f"t{i}", "value": str(i)} for i in range(5)]
    metrics = [{"key": f"m{i % 20}", "value": i, "timestamp": START_MS, "step": i} for i in range(1000)]
    requests = {
        "runs/create": {"experiment_id": number, "start_time": START_MS, "tags": tags},
        "runs/log-metric": {"run_id": run_id, "key": "m", "value": 1, "timestamp": START_MS},
        "runs/log-batch, metrics": {"run_id": run_id, "metrics": metrics},
        "runs/log-batch, params": {"run_id": run_id, "params": params},
        "runs/log-batch, all": {"run_id": run_id, "metrics": metrics[:10], "params": params, "tags": tags},
        "runs/log-parameter": {"run_id": run_id, "key": "lr", "value": "1"},
        "runs/set-tag": {"run_id": run_id, "key": "t", "value": "1"},
        "runs/update": {"run_id": run_id, "status": "FINISHED", "end_time": START_MS + 1},
    }
    for name, body in requests.items():
        with query_budget(f"mlflow: {name}"):
            assert member.post(name.split(",")[0], body).status == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("runs/get", {}),
        ("metrics/get-history", {"metric_key": "m"}),
    ],
)
def test_warm_reads(member: Caller, query_budget: Budget, path: str, query: dict[str, str]) -> None:
    run_id = member.new_run()
    member.post("runs/log-metric", run_id=run_id, key="m", value=1, timestamp=START_MS)
    with query_budget(f"mlflow: {path}"):
        assert member.get(path, run_id=run_id, **query).status == 200


def test_get_or_create_of_an_experiment(member: Caller, query_budget: Budget) -> None:
    member.get("experiments/get", experiment_id="0")
    with query_budget("mlflow: experiments/create"):
        member.new_experiment("a")
    with query_budget("mlflow: experiments/get-by-name"):
        assert member.get("experiments/get-by-name", experiment_name="a").status == 200
