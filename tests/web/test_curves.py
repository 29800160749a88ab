"""The page of curves: who sees it, what it offers, what it says where there is nothing to draw."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from apps.runs.services import MetricColumns, create_run, log_batch
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import START_MS

PATH = "/acme/vision/experiments/0/curves"


def make_runs(cast: Cast, models: list[str]) -> None:
    """Runs of these models, whose loss falls from 4 to 1; each with a tag that people and one that the system set."""
    access = cast.owner.access()
    for number, model in enumerate(models):
        run, _ = create_run(access, experiment_number=0, name=f"run-{number}", start_time_ms=START_MS + number)
        metrics = MetricColumns(["loss"] * 4, [0, 1, 2, 3], [START_MS] * 4, [4.0, 3.0, 2.0, 1.0])
        tags = [("kind", "tree"), ("mlflow.source.name", f"train-{number}.py")]
        log_batch(access, run_id=run.pk, metrics=metrics, params=[("model", model)], tags=tags)


def make_scored_run(cast: Cast, number: int) -> None:
    """A run with one point of each of two metrics, older than the others."""
    access = cast.owner.access()
    run, _ = create_run(access, experiment_number=0, name=f"scored-{number}", start_time_ms=number)
    metrics = MetricColumns(["accuracy", "recall"], [0, 0], [START_MS, START_MS], [0.5, 0.5])
    log_batch(access, run_id=run.pk, metrics=metrics, params=[], tags=[])


def get(cast: Cast, query: str = "", **headers: str) -> str:
    return cast.viewer.browser().get(PATH + query, headers=headers).content.decode()


def drawn(page: str) -> dict[str, Any]:
    found = re.search(r'data-curves="([^"]*)"', page)
    assert found
    tree: dict[str, Any] = json.loads(html.unescape(found[1]))
    return tree


def test_the_team_sees_it_and_strangers_see_nothing(cast: Cast) -> None:
    for person in (cast.owner, cast.viewer):
        assert person.browser().get(PATH).status_code == 200
    assert cast.stranger.browser().get(PATH).status_code == 404
    assert cast.owner.browser().get("/acme/vision/experiments/77/curves").status_code == 404
    assert cast.anonymous.get(PATH)["Location"].startswith("/accounts/sign-in")


def test_nothing_to_draw_is_said(cast: Cast) -> None:
    assert "No runs here yet" in get(cast)
    create_run(cast.owner.access(), experiment_number=0, start_time_ms=START_MS)
    assert "No metrics yet" in get(cast)
    make_runs(cast, ["tree"])
    assert "No run has this metric" in get(cast, "?metric=nothing")
    assert "No run matches" in get(cast, "?q=params.model+%3D+'none'")


def test_the_commonest_metric_of_all_runs_is_drawn_first(cast: Cast) -> None:
    make_runs(cast, ["tree", "tree", "line"])
    tree = drawn(get(cast))
    assert (tree["key"], tree["step"], tree["series"][0]["median"]) == ("loss", [0, 1, 2, 3], [4.0, 3.0, 2.0, 1.0])
    assert [one["run_count"] for one in tree["series"]] == [3]


def test_a_metric_of_one_point_is_not_drawn_first(cast: Cast) -> None:
    make_runs(cast, ["tree", "line"])
    for number in range(3):
        make_scored_run(cast, number)
    page = get(cast)
    assert drawn(page)["key"] == "loss"
    assert re.search(r"<option[^>]*selected>loss</option>", page)


def test_metrics_of_one_point_are_drawn_where_there_are_no_others(cast: Cast) -> None:
    make_scored_run(cast, 0)
    assert drawn(get(cast))["key"] == "accuracy"


def test_params_and_peoples_tags_are_offered_to_group_by(cast: Cast) -> None:
    make_runs(cast, ["tree", "line", "line"])
    page = get(cast, "?metric=loss&group=params.model")
    assert '<option value="params.model" selected>model</option>' in page
    assert '<option value="tags.kind" >kind</option>' in page
    assert "source.name" not in page
    assert [(one["group"], one["run_count"]) for one in drawn(page)["series"]] == [("line", 2), ("tree", 1)]


def test_at_most_eight_groups_are_drawn_and_the_rest_counted(cast: Cast) -> None:
    make_runs(cast, [f"m{number}" for number in range(11)])
    page = get(cast, "?metric=loss&group=params.model")
    assert len(drawn(page)["series"]) == 8
    assert "The 8 largest groups are drawn; 3 smaller ones are not." in page


def test_a_filter_narrows_and_a_refused_one_says_where(cast: Cast) -> None:
    make_runs(cast, ["tree", "line"])
    assert drawn(get(cast, "?q=params.model+%3D+'line'"))["series"][0]["run_count"] == 1
    refused = cast.viewer.browser().get(f"{PATH}?q=params.model+%3D")
    assert refused.status_code == 400
    assert 'id="search-error"' in refused.content.decode()
    assert cast.viewer.browser().get(f"{PATH}?q=params.model+%3D", headers={"HX-Request": "true"}).status_code == 200
    assert cast.viewer.browser().get(f"{PATH}?metric=loss&group=metrics.loss").status_code == 400


def test_what_users_wrote_is_escaped(cast: Cast) -> None:
    make_runs(cast, ['"><script>alert(1)</script>'])
    page = get(cast, "?metric=loss&group=params.model")
    assert "<script>alert" not in page
    assert drawn(page)["series"][0]["group"] == '"><script>alert(1)</script>'


def test_htmx_gets_the_part_that_changes(cast: Cast) -> None:
    assert "<html" not in get(cast, **{"HX-Request": "true"})
    assert "<html" in get(cast)


def test_the_tabs_carry_the_filter(cast: Cast) -> None:
    make_runs(cast, ["tree"])
    assert 'href="/acme/vision/experiments/0?q=params.model%20%3D%20%27tree%27"' in get(
        cast, "?q=params.model+%3D+'tree'"
    )


def test_statements_do_not_grow_with_runs(cast: Cast, query_budget: Budget) -> None:
    make_runs(cast, ["tree"] * 5)
    browser = cast.owner.browser()
    browser.get(PATH)
    with query_budget("page/curves"):
        browser.get(f"{PATH}?group=params.model")
