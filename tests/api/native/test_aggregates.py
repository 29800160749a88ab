"""One metric over many runs: curves at once, or a job and then curves that are kept."""

from __future__ import annotations

import math
import uuid
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from apps.projects.tenancy import bound
from apps.runs.models import MetricAggregate
from apps.runs.services import MetricColumns, create_run, delete_run, log_batch
from tests.api.native.http import Answer, Somebody, call, data, post, refusal
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import START_MS, make_experiment

PATH = "/projects/acme/vision/metrics/aggregate"
MSGPACK = "application/msgpack"
ARROW = "application/vnd.apache.arrow.stream"


def log_run(cast: Cast, values: list[float], *, model: str = "", experiment: int = 0, first_step: int = 0) -> uuid.UUID:
    """A run with `loss` at rising steps, and the param `model` if one is given."""
    access = cast.owner.access()
    run, _ = create_run(access, experiment_number=experiment, start_time_ms=START_MS)
    count = len(values)
    steps = list(range(first_step, first_step + count))
    metrics = MetricColumns(["loss"] * count, steps, [START_MS] * count, values)
    log_batch(access, run_id=run.pk, metrics=metrics, params=[("model", model)] if model else [], tags=[("kind", "x")])
    return run.pk


def ask(who: Somebody, **question: Any) -> Answer:
    return post(who, PATH, {"experiment_id": 0, "key": "loss", **question})


@pytest.fixture
def three_runs(cast: Cast) -> None:
    log_run(cast, [3.0, 2.0, 1.0], model="tree")
    log_run(cast, [5.0, math.nan, 2.0, 7.0], model="tree")
    log_run(cast, [9.0], model="line")


@pytest.mark.usefixtures("three_runs")
def test_all_runs_are_one_group(cast: Cast, query_budget: Budget) -> None:
    ask(cast.viewer)
    with query_budget("native/metrics/aggregate"):
        answer = ask(cast.viewer)
    found = data(answer)
    assert found["step"] == [0, 1, 2, 3]
    assert found["to_step"] == 3
    (curve,) = found["series"]
    assert curve == {
        "group": None,
        "run_count": 3,
        "count": [3, 1, 2, 1],
        "min": [3.0, 2.0, 1.0, 7.0],
        "max": [9.0, 2.0, 2.0, 7.0],
        "mean": [pytest.approx(17 / 3), 2.0, 1.5, 7.0],
        "median": [5.0, 2.0, 1.5, 7.0],
    }
    rest = ("group_count", "run_count", "has_more_runs", "point_count", "is_stale", "job_id")
    assert [found[name] for name in rest] == [1, 3, False, 8, False, None]


@pytest.mark.usefixtures("three_runs")
def test_grouped_by_a_param_the_largest_first_and_those_without_it_together(cast: Cast) -> None:
    log_run(cast, [1.0])
    found = data(ask(cast.viewer, group_by="params.model"))
    assert [(one["group"], one["run_count"]) for one in found["series"]] == [("tree", 2), ("line", 1), (None, 1)]
    assert found["series"][0]["median"] == [4.0, 2.0, 1.5, 7.0]
    assert found["series"][1]["median"] == [9.0, None, None, None]
    assert [one["group"] for one in data(ask(cast.viewer, group_by="tags.kind"))["series"]] == ["x"]


@pytest.mark.usefixtures("three_runs")
def test_a_filter_chooses_runs_and_may_ask_for_metrics_just_logged(cast: Cast) -> None:
    assert data(ask(cast.viewer, filter="params.model = 'line'"))["run_count"] == 1
    assert data(ask(cast.viewer, filter="metrics.loss > 5"))["run_count"] == 2


def test_few_buckets_keep_each_runs_last_value(cast: Cast) -> None:
    log_run(cast, [float(n) for n in range(10)])
    log_run(cast, [100.0 - n for n in range(8)])
    found = data(ask(cast.viewer, buckets=2))
    assert found["step"] == [0, 5]
    assert found["series"][0]["max"] == [96.0, 93.0]
    assert found["series"][0]["min"] == [4.0, 9.0]


def test_more_groups_than_fifty_are_counted_and_left_out(cast: Cast) -> None:
    for number in range(52):
        log_run(cast, [float(number)], model=f"m{number:02d}")
    found = data(ask(cast.viewer, group_by="params.model"))
    assert (len(found["series"]), found["group_count"], found["run_count"]) == (50, 52, 52)
    assert found["series"][0]["group"] == "m00"


def test_deleted_runs_and_other_experiments_are_left_out(cast: Cast) -> None:
    other = make_experiment(cast.owner.access())
    log_run(cast, [1.0], experiment=other.number)
    delete_run(cast.owner.access(), run_id=log_run(cast, [2.0]))
    log_run(cast, [3.0])
    assert data(ask(cast.viewer))["series"][0]["max"] == [3.0]


def test_infinities_are_words(cast: Cast) -> None:
    log_run(cast, [math.inf])
    log_run(cast, [-math.inf])
    (curve,) = data(ask(cast.viewer))["series"]
    assert (curve["min"], curve["max"], curve["mean"]) == (["-Infinity"], ["Infinity"], [None])


def test_no_run_has_the_metric(cast: Cast) -> None:
    log_run(cast, [1.0])
    found = data(ask(cast.viewer, key="nothing"))
    assert (found["step"], found["series"], found["to_step"], found["run_count"]) == ([], [], None, 0)


@pytest.mark.usefixtures("three_runs")
def test_binary_columns(cast: Cast) -> None:
    question = {"experiment_id": 0, "key": "loss", "group_by": "params.model"}
    packed = call(cast.viewer, "POST", PATH, question, Accept=MSGPACK)
    tree = msgspec.msgpack.decode(packed.content)
    assert np.frombuffer(tree["step"], "<i8").tolist() == [0, 1, 2, 3]
    assert np.isnan(np.frombuffer(tree["series"][1]["median"], "<f8")).tolist() == [False, True, True, True]
    stream = call(cast.viewer, "POST", PATH, question, Accept=ARROW)
    rows = pa.ipc.open_stream(stream.content).read_all().to_pylist()
    assert rows[0] == {"group": "tree", "step": 0, "count": 2, "min": 3.0, "max": 5.0, "mean": 4.0, "median": 4.0}
    assert len(rows) == 8
    empty = call(cast.viewer, "POST", PATH, question | {"key": "nothing"}, Accept=ARROW)
    assert pa.ipc.open_stream(empty.content).read_all().num_rows == 0


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"buckets": 1_001}, "buckets"),
        ({"buckets": 0}, "buckets"),
        ({"group_by": "metrics.loss"}, "group_by"),
        ({"group_by": "params.a DESC, params.b"}, "group_by"),
        ({"filter": "params.model ="}, "filter"),
        ({"key": ""}, "key"),
        ({"colour": 1}, "colour"),
    ],
)
def test_refusals(cast: Cast, question: dict[str, Any], field: str) -> None:
    status, _, at_fault = refusal(ask(cast.viewer, **question))
    assert (status, at_fault) == (400, field)


def test_absent_experiments_and_strangers(cast: Cast) -> None:
    assert refusal(ask(cast.viewer, experiment_id=77))[0] == 404
    assert refusal(ask(cast.stranger))[0] == 404


def rows_kept(cast: Cast) -> int:
    with bound(cast.owner.access()):
        return MetricAggregate.objects.in_project(cast.owner.access()).count()
