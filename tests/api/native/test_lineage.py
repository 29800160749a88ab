"""Lineage in the native API: what came of what, both ways."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel, ModelUse
from apps.logged_models.services import delete_logged_model, log_run_models
from apps.registry.lineage.found import MAX_NEIGHBOURS
from apps.registry.lineage.walk import MAX_NODES
from apps.registry.services import create_model, create_version, delete_model, delete_version
from apps.runs.models import Run
from apps.runs.services import DatasetUse, create_run, delete_run, log_inputs, set_tags
from apps.teams.access import Access
from tests.api.native.http import data, get, refusal
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast, Person, make_project
from tests.factories.models import make_model, make_version
from tests.factories.runs import START_MS, make_experiment, make_run

LINEAGE = "/projects/acme/vision/lineage"
TAXIS = {"dataset_name": "taxis", "dataset_digest": "d1"}
Triples = set[tuple[str, str, str]]


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access(), name="trainer")


@pytest.fixture
def model(cast: Cast, run: Run) -> LoggedModel:
    return make_model(cast.member.access(), experiment_number=0, run_id=run.pk, name="lasso")


def ask(who: Person, **start: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(get(who, f"{LINEAGE}?{urlencode(start)}"))
    ids = [node["id"] for node in found["nodes"]]
    assert len(set(ids)) == len(ids)
    assert found["start"] == ids[0]
    return found


def triples(graph: dict[str, Any]) -> Triples:
    """Each edge by the labels of its ends."""
    labels = {node["id"]: node["label"] for node in graph["nodes"]}
    return {(labels[edge["source"]], edge["kind"], labels[edge["target"]]) for edge in graph["edges"]}


def nested(access: Access, parent: Run, name: str) -> Run:
    """A run inside of another."""
    tags = [("mlflow.parentRunId", parent.pk.hex)]
    return create_run(access, experiment_number=0, name=name, start_time_ms=START_MS, tags=tags)[0]


CHAIN = {
    ("taxis (d1)", "input", "trainer"),
    ("trainer", "output", "lasso"),
    ("lasso", "registered", "taxi, version 1"),
    ("taxi, version 1", "alias", "@champion"),
}


def test_the_whole_chain_is_found_from_every_link_of_it(cast: Cast, model: LoggedModel, run: Run) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    starts: list[dict[str, Any]] = [
        {"name": "taxi", "version": 1},
        {"model_id": model_id(model.pk)},
        {"run_id": run.pk.hex},
        TAXIS,
    ]
    for start in starts:
        found = ask(cast.viewer, **start)
        assert triples(found) == CHAIN, start
        assert (found["more"], found["is_cut"]) == ([], False)
        assert {node["state"] for node in found["nodes"]} == {"active"}
    nodes = {node["kind"]: node for node in found["nodes"]}
    assert (nodes["dataset"]["name"], nodes["dataset"]["digest"]) == ("taxis", "d1")
    assert nodes["run"]["run_id"] == nodes["logged_model"]["run_id"] == run.pk.hex
    assert nodes["logged_model"]["model_id"] == model_id(model.pk)
    assert (nodes["version"]["name"], nodes["version"]["version"]) == ("taxi", 1)
    assert (nodes["alias"]["name"], nodes["alias"]["alias"]) == ("taxi", "champion")


def test_a_model_that_another_one_was_made_from(cast: Cast, model: LoggedModel, run: Run) -> None:
    owner = cast.owner.access()
    tuner, _ = create_run(owner, experiment_number=0, name="tuner", start_time_ms=START_MS)
    log_run_models(owner, run_id=tuner.pk, use=ModelUse.INPUT, models=[(model.pk, 0)])
    log_inputs(
        owner,
        run_id=tuner.pk,
        datasets=[DatasetUse("fares", "d2", "local", "f.csv", tags=[("mlflow.data.context", "training")])],
    )
    tuned = make_model(owner, experiment_number=0, run_id=tuner.pk, name="tuned")
    make_version(owner, tuned, name="taxi")
    expected = {
        ("taxis (d1)", "input", "trainer"),
        ("trainer", "output", "lasso"),
        ("lasso", "input", "tuner"),
        ("fares (d2)", "input", "tuner"),
        ("tuner", "output", "tuned"),
        ("tuned", "registered", "taxi, version 1"),
        ("taxi, version 1", "alias", "@champion"),
    }
    up = ask(cast.viewer, name="taxi", version=1)
    assert triples(up) == expected
    assert {edge["detail"] for edge in up["edges"]} == {"", "training"}
    assert triples(ask(cast.viewer, **TAXIS)) == expected - {("fares (d2)", "input", "tuner")}
    # What else came of the other model is not this one's.
    assert triples(ask(cast.viewer, run_id=run.pk.hex)) == expected - {("fares (d2)", "input", "tuner")}


def test_a_copy_leads_to_its_origin_and_back(cast: Cast, model: LoggedModel) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    create_model(owner, name="released")
    create_version(owner, name="released", source="models:/taxi/1")
    copied = ("taxi, version 1", "copied", "released, version 1")
    assert triples(ask(cast.viewer, name="released", version=1)) == (CHAIN | {copied}) - {
        ("taxi, version 1", "alias", "@champion")
    }
    assert triples(ask(cast.viewer, name="taxi", version=1)) == CHAIN | {copied}
    assert triples(ask(cast.viewer, **TAXIS)) == CHAIN | {copied}
    delete_model(owner, name="taxi")
    found = ask(cast.viewer, name="released", version=1)
    assert ("lasso", "registered", "released, version 1") in triples(found)
    (origin,) = [node for node in found["nodes"] if node["state"] == "gone"]
    assert (origin["kind"], origin["label"], origin["name"]) == ("version", "taxi/1", None)
    assert ("lasso", "registered", "released, version 1") in triples(ask(cast.viewer, **TAXIS))


def test_files_of_a_run_without_a_logged_model(cast: Cast, model: LoggedModel, run: Run) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    delete_version(owner, name="taxi", number=1)
    from_run = make_model_file(owner, run)
    create_version(owner, name="taxi", source=from_run)
    registered = ("trainer", "registered", "taxi, version 2")
    assert triples(ask(cast.viewer, name="taxi", version=2)) == {("taxis (d1)", "input", "trainer"), registered}
    assert registered in triples(ask(cast.viewer, run_id=run.pk.hex))


def make_model_file(access: Access, run: Run) -> str:
    """A folder of a run with a file in it, as a source."""
    make_artifact(access, run.pk, "plain/MLmodel", b"flavors: {}")
    return f"runs:/{run.pk.hex}/plain"


def test_runs_inside_of_runs(cast: Cast, run: Run) -> None:
    owner = cast.owner.access()
    child = nested(owner, run, "child")
    make_model(owner, experiment_number=0, run_id=child.pk, name="best")
    expected = {
        ("taxis (d1)", "input", "trainer"),
        ("trainer", "nested", "child"),
        ("child", "output", "best"),
    }
    assert triples(ask(cast.viewer, run_id=run.pk.hex)) == expected
    assert triples(ask(cast.viewer, run_id=child.pk.hex)) == expected
    lost = uuid.uuid4().hex
    for text in (lost, child.pk.hex, "no run"):
        set_tags(owner, run_id=child.pk, tags=[("mlflow.parentRunId", text)])
        found = ask(cast.viewer, run_id=child.pk.hex)
        assert triples(found) == {("child", "output", "best")}
        assert lost not in str(found)


def test_what_is_deleted_and_what_is_gone_is_said_to_be(cast: Cast, model: LoggedModel, run: Run) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    delete_run(owner, run_id=run.pk)
    delete_logged_model(owner, model_id=model.pk)
    states = {node["label"]: node["state"] for node in ask(cast.viewer, name="taxi", version=1)["nodes"]}
    assert (states["trainer"], states["lasso"], states["taxi, version 1"]) == ("deleted", "deleted", "active")


def test_a_run_that_used_what_it_made_is_a_circle_that_ends(cast: Cast, model: LoggedModel, run: Run) -> None:
    log_run_models(cast.owner.access(), run_id=run.pk, use=ModelUse.INPUT, models=[(model.pk, 0)])
    expected = {
        ("taxis (d1)", "input", "trainer"),
        ("trainer", "output", "lasso"),
        ("lasso", "input", "trainer"),
    }
    for start in ({"run_id": run.pk.hex}, {"model_id": model_id(model.pk)}, TAXIS):
        assert triples(ask(cast.viewer, **start)) == expected, start


def test_a_dataset_is_the_same_in_every_experiment(cast: Cast, run: Run) -> None:
    owner = cast.owner.access()
    make_run(owner, experiment_number=make_experiment(owner).number, name="other")
    assert triples(ask(cast.viewer, **TAXIS)) == {
        ("taxis (d1)", "input", "trainer"),
        ("taxis (d1)", "input", "other"),
    }


def test_of_many_neighbours_the_first_are_shown_and_the_others_counted(cast: Cast, run: Run) -> None:
    owner = cast.owner.access()
    for number in range(MAX_NEIGHBOURS + 3):
        nested(owner, run, f"child-{number}")
    found = ask(cast.viewer, run_id=run.pk.hex)
    shown = [node["label"] for node in found["nodes"] if node["label"].startswith("child")]
    assert shown == [f"child-{number}" for number in range(MAX_NEIGHBOURS)]
    assert found["more"] == [{"node": f"run:{run.pk.hex}", "direction": "down", "kind": "run", "count": 3}]


def test_a_graph_has_a_greatest_size(cast: Cast, run: Run) -> None:
    owner = cast.owner.access()
    for number in range(10):
        child = nested(owner, run, f"child-{number}")
        for place in range(MAX_NEIGHBOURS):
            nested(owner, child, f"grandchild-{number}-{place}")
    found = ask(cast.viewer, run_id=run.pk.hex)
    assert len(found["nodes"]) == MAX_NODES
    assert sum(more["count"] for more in found["more"]) == 212 - MAX_NODES


def test_a_long_chain_is_cut(cast: Cast, run: Run) -> None:
    owner, runs = cast.owner.access(), [run]
    for number in range(8):
        runs.append(nested(owner, runs[-1], f"child-{number}"))
    assert ask(cast.viewer, run_id=run.pk.hex)["is_cut"]
    assert ask(cast.viewer, run_id=runs[-1].pk.hex)["is_cut"]
    assert not ask(cast.viewer, run_id=runs[4].pk.hex)["is_cut"]


def test_statements_do_not_grow_with_what_is_found(cast: Cast, model: LoggedModel, run: Run) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    nested(owner, run, "child")

    def counted() -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(cast.viewer, **TAXIS)
        return len(captured)

    # Who asks is known from the first time on.
    counted()
    before = counted()
    for number in range(3):
        child = nested(owner, run, f"child-{number}")
        log_inputs(owner, run_id=child.pk, datasets=[DatasetUse("taxis", "d1", "local", "taxis.parquet")])
        make_run(owner, name=f"trainer-{number}")
        create_version(owner, name="taxi", source=f"models:/{model_id(model.pk)}")
    assert counted() == before


def test_nothing_of_another_project_is_shown(cast: Cast, model: LoggedModel, run: Run) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    other = make_project(cast.team, "other")
    there = cast.owner.access(other)
    for start in ({"name": "taxi", "version": 1}, {"model_id": model_id(model.pk)}, {"run_id": run.pk.hex}, TAXIS):
        path = f"/projects/acme/other/lineage?{urlencode(start)}"
        assert refusal(get(cast.owner, path))[0] == 404, start
    # Anybody may write the id of any run into a tag.
    child = create_run(
        there, experiment_number=0, name="child", start_time_ms=START_MS, tags=[("mlflow.parentRunId", run.pk.hex)]
    )[0]
    found = data(get(cast.owner, f"/projects/acme/other/lineage?run_id={child.pk.hex}"))
    assert [node["label"] for node in found["nodes"]] == ["child"]
    assert "child" not in str(ask(cast.viewer, run_id=run.pk.hex))


@pytest.mark.parametrize(
    "start",
    [
        {},
        {"name": "taxi"},
        {"version": 1},
        {"name": "taxi", "version": 0},
        {"name": "a/b", "version": 1},
        {"name": "taxi", "version": 1, "run_id": "0" * 32},
        {"dataset_name": "taxis"},
        {"dataset_digest": "d1"},
        {"model": "m-1"},
    ],
)
def test_what_is_no_start(cast: Cast, start: dict[str, Any]) -> None:
    assert refusal(get(cast.viewer, f"{LINEAGE}?{urlencode(start)}"))[0] == 400


@pytest.mark.parametrize(
    "start",
    [
        {"name": "taxi", "version": 1},
        {"name": "taxi", "version": 2**31 - 1},
        {"run_id": "0" * 32},
        {"run_id": "x"},
        {"model_id": "m-" + "0" * 32},
        {"model_id": "0" * 32},
        {"dataset_name": "taxis", "dataset_digest": ""},
        {"dataset_name": "taxis", "dataset_digest": "d2"},
    ],
)
def test_what_is_not_there(cast: Cast, start: dict[str, Any]) -> None:
    assert refusal(get(cast.viewer, f"{LINEAGE}?{urlencode(start)}"))[0] == 404


def test_strangers_find_nothing(cast: Cast, run: Run) -> None:
    assert refusal(get(cast.stranger, f"{LINEAGE}?run_id={run.pk.hex}"))[0] == 404
    assert refusal(get(None, f"{LINEAGE}?run_id={run.pk.hex}"))[0] == 401
