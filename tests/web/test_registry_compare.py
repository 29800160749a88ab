"""Two versions of a model side by side."""

from __future__ import annotations

import math
import re

import pytest

from apps.common.ids import model_id
from apps.registry.services import create_model, create_version, delete_version, set_version_tag
from apps.runs.services import MetricColumns, log_batch
from tests.budgets import Budget
from tests.factories.cast import Cast, Person
from tests.factories.models import MLMODEL, make_model
from tests.factories.runs import START_MS, make_run

PAGE = "/acme/vision/models/taxi/compare"


@pytest.fixture(autouse=True)
def versions(cast: Cast) -> None:
    """Three versions: of two models, and the second one again."""
    owner = cast.owner.access()
    create_model(owner, name="taxi")
    for name, alpha, files, metrics in (
        ("first", "0.1", {"MLmodel": MLMODEL, "data/a.bin": b"a", "old.txt": b"old"}, {"rmse": 0.5, "r2": 0.9}),
        ("second", "0.2", {"MLmodel": MLMODEL, "data/a.bin": b"b", "new.txt": b"new"}, {"rmse": 0.25, "r2": 0.9}),
    ):
        run = make_run(owner, name=name)
        own = MetricColumns(["odd", "even"], [0, 0], [START_MS] * 2, [math.nan, 1.0])
        log_batch(owner, run_id=run.pk, metrics=own, params=[("beta", f"<i>{alpha}</i>")], tags=[])
        model = make_model(owner, experiment_number=0, run_id=run.pk, name=name, files=files, metrics=metrics)
        create_version(owner, name="taxi", source=f"models:/{model_id(model.pk)}", tags=[("by", "ci")])
    create_version(owner, name="taxi", source=f"models:/{model_id(model.pk)}", tags=[("by", "ci")])
    set_version_tag(owner, name="taxi", number=2, key="only", value="second")


def rows(who: Person, query: str) -> dict[str, list[str]]:
    """The cells of each row by its head, on one line each."""
    answer = who.browser().get(f"{PAGE}{query}")
    assert answer.status_code == 200
    found = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", answer.content.decode(), re.DOTALL):
        cells = [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        found[cells[0]] = cells[1:]
    return found


def test_what_two_versions_have_stands_side_by_side(cast: Cast, query_budget: Budget) -> None:
    with query_budget("page/compare"):
        found = rows(cast.viewer, "?a=1&b=2")
    assert found["rmse on data"] == ["0.5", "0.25", "-0.25"]
    assert found["r2 on data"] == ["0.9", "0.9", ""]
    assert found["odd"] == ["NaN", "NaN", ""]
    assert found["even"] == ["1", "1", ""]
    assert found["alpha"] == ["0.1", "0.1", ""]
    assert found["beta"] == ["&lt;i&gt;0.1&lt;/i&gt;", "&lt;i&gt;0.2&lt;/i&gt;", "differs"]
    assert found["by"] == ["ci", "ci", ""]
    assert found["only"] == ["none", "second", "differs"]
    assert found["MLmodel"][2] == "same"
    assert found["data/a.bin"][2] == "changed"
    assert found["old.txt"][1:] == ["none", "only in A"]
    assert found["new.txt"][::2] == ["none", "only in B"]
    assert found["Run"] == ["first", "second"]


def test_only_differences_are_shown_when_they_are_asked_for(cast: Cast) -> None:
    found = rows(cast.viewer, "?a=1&b=2&only=different")
    assert "r2 on data" not in found
    assert "MLmodel" not in found
    assert found["rmse on data"] == ["0.5", "0.25", "-0.25"]
    same = rows(cast.viewer, "?a=2&b=2&only=different")
    assert same.keys() == {"What", "Stage", "Aliases", "Run", "Source", "Registered"}


def test_the_two_newest_are_compared_unless_others_are_named(cast: Cast) -> None:
    found = rows(cast.viewer, "")
    assert found["What"] == ["A: version 2", "B: version 3"]
    assert found["only"] == ["second", "none", "differs"]
    assert {key for key, cells in found.items() if "changed" in cells} == set()
    assert rows(cast.viewer, "?a=3&b=1")["What"] == ["A: version 3", "B: version 1"]


def test_the_page_of_a_model_offers_it_as_soon_as_there_are_two(cast: Cast) -> None:
    shown = cast.viewer.browser().get("/acme/vision/models/taxi").content.decode()
    assert f'action="{PAGE}"' in shown
    assert 'aria-label="Compare version 3 as B" checked' in shown
    owner = cast.owner.access()
    for number in (1, 2):
        delete_version(owner, name="taxi", number=number)
    assert PAGE not in cast.viewer.browser().get("/acme/vision/models/taxi").content.decode()
    assert rows(cast.viewer, "")["What"] == ["A: version 3", "B: version 3"]


@pytest.mark.parametrize("query", ["?a=1&b=7", "?a=0&b=1", "?a=x&b=1", "?a=-1&b=1", f"?a={'9' * 30}&b=1", "?a=%00&b=1"])
def test_a_version_that_is_not_there_is_not_found(cast: Cast, query: str) -> None:
    assert cast.viewer.browser().get(f"{PAGE}{query}").status_code == 404


def test_a_model_without_versions_and_an_absent_one_are_not_found(cast: Cast) -> None:
    create_model(cast.owner.access(), name="bus")
    for name in ("bus", "train"):
        assert cast.viewer.browser().get(f"/acme/vision/models/{name}/compare").status_code == 404


def test_strangers_find_nothing(cast: Cast) -> None:
    assert cast.stranger.browser().get(PAGE).status_code == 404
