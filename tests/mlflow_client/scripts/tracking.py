"""A session of the stock client: everything that training code does to track, checked from the client's side.

Runs in an environment of its own, with nothing of ours; reads MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN. Written for
every client from 2.9 on.
"""

import math
import sys
import time
from collections.abc import Callable
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

NAME = f"session {time.time_ns()}"
client = MlflowClient()


def refused(code: str, call: Callable[..., Any], *args: Any) -> None:
    """The call must be refused, with this code."""
    answered = ""
    try:
        call(*args)
    except MlflowException as exc:
        answered = exc.error_code
    assert answered == code, f"{call} answered {answered!r} instead of {code}"


def experiments() -> str:
    assert client.get_experiment("0").name == "Default"
    experiment = mlflow.set_experiment(NAME)
    assert mlflow.set_experiment(NAME).experiment_id == experiment.experiment_id
    assert client.get_experiment_by_name(f"{NAME} never") is None
    other = client.create_experiment(f"{NAME} b", tags={"team": "x"})
    refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, f"{NAME} b")
    client.set_experiment_tag(other, "k", "v")
    assert client.get_experiment(other).tags == {"team": "x", "k": "v"}
    client.rename_experiment(other, f"{NAME} c")
    client.delete_experiment(other)
    assert client.get_experiment(other).lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", client.create_run, other)
    client.restore_experiment(other)
    found = client.search_experiments(filter_string=f"name = '{NAME} c' AND tags.team = 'x'")
    assert [each.experiment_id for each in found] == [other]
    return str(experiment.experiment_id)


def fluent_run() -> str:
    with mlflow.start_run(run_name="parent", tags={"a": "1"}) as parent:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({f"p{i}": i for i in range(150)})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metric("loss", float("nan"), step=2)
        mlflow.log_metrics({f"m{i}": i / 3 for i in range(20)}, step=3)
        mlflow.set_tags({"x": "1", "y": "2"})
        refused("INVALID_PARAMETER_VALUE", mlflow.log_param, "lr", 0.2)
        with mlflow.start_run(nested=True, run_name="child") as child:
            mlflow.log_metric("loss", float("inf"))
    run = mlflow.get_run(parent.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.end_time >= run.info.start_time
    assert (run.info.run_name, len(run.data.params), run.data.tags["x"]) == ("parent", 151, "1")
    assert math.isnan(run.data.metrics["loss"])
    assert run.data.tags["mlflow.source.name"].endswith("tracking.py")
    nested = mlflow.get_run(child.info.run_id)
    assert nested.data.tags["mlflow.parentRunId"] == run.info.run_id
    assert nested.data.metrics["loss"] > 1e308
    assert [point.step for point in client.get_metric_history(run.info.run_id, "loss")] == [1, 2]
    return str(run.info.run_id)


def batches(experiment_id: str) -> None:
    run_id = client.create_run(experiment_id, run_name="batch").info.run_id
    now = int(time.time() * 1000)
    for start in range(0, 3000, 1000):
        points = [Metric("big", float(i), now + i, i) for i in range(start, start + 1000)]
        client.log_batch(run_id, metrics=points)
    client.log_batch(run_id, metrics=[Metric("b", 1.0, now, 0)], params=[Param("q", "1")], tags=[RunTag("w", "2")])
    assert [point.value for point in client.get_metric_history(run_id, "big")] == list(range(3000))
    client.update_run(run_id, name="renamed")
    client.set_terminated(run_id, "FAILED")
    run = client.get_run(run_id)
    assert (run.info.status, run.info.run_name, run.data.tags["mlflow.runName"]) == ("FAILED", "renamed", "renamed")
    client.delete_tag(run_id, "w")
    assert "w" not in client.get_run(run_id).data.tags
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "z", 1)
    client.restore_run(run_id)


def searches(experiment_id: str, parent_id: str) -> None:
    def found(filter_string: str, **more: Any) -> list[str]:
        runs = client.search_runs([experiment_id], filter_string=filter_string, **more)
        return [run.info.run_name for run in runs]

    query = "metrics.m5 > 1 and params.lr = '0.1' and tags.x = '1'"
    assert found(query, order_by=["metrics.m5 DESC"]) == ["parent"]
    assert found(f"tags.mlflow.parentRunId = '{parent_id}'") == ["child"]
    assert found("attributes.status = 'FAILED'") == ["renamed"]
    first = client.search_runs([experiment_id], max_results=2)
    rest = client.search_runs([experiment_id], max_results=2, page_token=first.token)
    assert (len(first), len(rest), rest.token) == (2, 1, None)
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment_id], "nonsense !!")


def strangers() -> None:
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)
    refused("RESOURCE_DOES_NOT_EXIST", client.log_metric, "0" * 32, "m", 1)


experiment_id = experiments()
parent_id = fluent_run()
batches(experiment_id)
searches(experiment_id, parent_id)
strangers()
sys.stdout.write(f"mlflow {mlflow.__version__}: all is well\n")
