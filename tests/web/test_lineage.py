"""Lineage on pages: drawn, and as a list."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel
from apps.logged_models.services import delete_logged_model
from apps.registry.services import create_model, create_version, delete_version
from apps.runs.models import Run
from apps.runs.services import DatasetUse, create_run, log_inputs
from tests.factories.cast import Cast, Person
from tests.factories.models import make_model, make_version
from tests.factories.runs import START_MS, make_run

PROJECT = "/acme/vision"
HOSTILE = "\"'><script>alert(1)</script>"


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access(), name="trainer")


@pytest.fixture
def model(cast: Cast, run: Run) -> LoggedModel:
    return make_model(cast.member.access(), experiment_number=0, run_id=run.pk, name="lasso")


def page(person: Person, path: str, status: int = 200) -> str:
    answer = person.browser().get(f"{PROJECT}/{path}")
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_a_version_shows_where_it_came_from_with_links(cast: Cast, model: LoggedModel, run: Run) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    shown = page(cast.viewer, "models/taxi/versions/1")
    for text in ("taxis (d1)", "trainer", "lasso", "@champion", "was registered as", "is called"):
        assert text in shown, text
    dataset = urlencode({"dataset_name": "taxis", "dataset_digest": "d1"}).replace("&", "&amp;")
    for address in (f"runs/{run.pk.hex}", f"runs/{run.pk.hex}/models", f"lineage?{dataset}"):
        # In the drawing and in the list.
        assert shown.count(f'href="{PROJECT}/{address}"') >= 2, address


def test_what_is_deleted_or_gone_is_marked_and_what_is_gone_has_no_link(cast: Cast, model: LoggedModel) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    create_model(owner, name="released")
    create_version(owner, name="released", source="models:/taxi/1")
    delete_version(owner, name="taxi", number=1)
    delete_logged_model(owner, model_id=model.pk)
    shown = page(cast.viewer, "models/released/versions/1")
    assert "Version · gone" in shown
    assert "Model · deleted" in shown
    assert f'href="{PROJECT}/models/taxi' not in shown


def test_a_run_that_made_models_shows_what_came_of_them(cast: Cast, model: LoggedModel, run: Run) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    shown = page(cast.viewer, f"runs/{run.pk.hex}/models")
    assert "Lineage as a list" in shown
    assert f'href="{PROJECT}/models/taxi/versions/1"' in shown
    other, _ = create_run(cast.owner.access(), experiment_number=0, name="other", start_time_ms=START_MS)
    assert "Lineage" not in page(cast.viewer, f"runs/{other.pk.hex}/models")


@pytest.mark.parametrize("kind", ["version", "model", "run", "dataset"])
def test_anything_has_a_page_of_its_lineage(cast: Cast, model: LoggedModel, run: Run, kind: str) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    starts: dict[str, tuple[dict[str, Any], str]] = {
        "version": ({"name": "taxi", "version": 1}, "taxi, version 1"),
        "model": ({"model_id": model_id(model.pk)}, "lasso"),
        "run": ({"run_id": run.pk.hex}, "trainer"),
        "dataset": ({"dataset_name": "taxis", "dataset_digest": "d1"}, "taxis (d1)"),
    }
    start, title = starts[kind]
    shown = page(cast.viewer, f"lineage?{urlencode(start)}")
    assert f'<h1 class="break">{title}</h1>' in shown
    assert "@champion" in shown


def test_of_many_neighbours_the_others_are_counted(cast: Cast, run: Run) -> None:
    owner = cast.owner.access()
    for number in range(23):
        tags = [("mlflow.parentRunId", run.pk.hex)]
        create_run(owner, experiment_number=0, name=f"child-{number}", start_time_ms=START_MS, tags=tags)
    shown = page(cast.viewer, f"lineage?run_id={run.pk.hex}")
    assert "and 3 more" in shown
    assert "3 more runs at trainer" in shown


def test_names_stay_text(cast: Cast) -> None:
    owner = cast.owner.access()
    run, _ = create_run(owner, experiment_number=0, name=HOSTILE, start_time_ms=START_MS)
    tags = [("mlflow.data.context", HOSTILE)]
    log_inputs(owner, run_id=run.pk, datasets=[DatasetUse(HOSTILE, "<b>", "local", "x", tags=tags)])
    for start in ({"run_id": run.pk.hex}, {"dataset_name": HOSTILE, "dataset_digest": "<b>"}):
        shown = page(cast.viewer, f"lineage?{urlencode(start)}")
        assert "&lt;script&gt;" in shown
        assert "<script>alert" not in shown


def test_a_thing_that_nothing_is_known_of_says_so(cast: Cast) -> None:
    run, _ = create_run(cast.owner.access(), experiment_number=0, name="alone", start_time_ms=START_MS)
    assert "Nothing is known of where this came from" in page(cast.viewer, f"lineage?run_id={run.pk.hex}")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("name=taxi", 400),
        ("name=taxi&version=x", 400),
        ("name=taxi&version=1", 404),
        ("run_id=x", 404),
        (f"run_id={'0' * 32}&model_id=m-{'0' * 32}", 400),
        (f"run_id={'0' * 40}", 400),
        (f"model_id=m-{'0' * 32}", 404),
        ("dataset_name=taxis", 400),
        ("dataset_name=taxis&dataset_digest=", 404),
        ("dataset_name=a%00b&dataset_digest=d", 400),
    ],
)
def test_what_is_no_thing_of_the_project(cast: Cast, query: str, status: int) -> None:
    page(cast.viewer, f"lineage?{query}", status=status)


def test_strangers_find_nothing(cast: Cast, run: Run) -> None:
    page(cast.stranger, f"lineage?run_id={run.pk.hex}", status=404)
