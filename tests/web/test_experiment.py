"""The runs table of an experiment: filter, order, pages, columns."""

from __future__ import annotations

import re

import pytest

from apps.runs.models import Run
from apps.runs.services import MetricColumns, create_run, log_batch
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import START_MS

PATH = "/acme/vision/experiments/0"


def make_runs(cast: Cast, count: int) -> list[Run]:
    """Runs 0, 1, ... in the order of their start, whose rmse falls and whose depth rises."""
    access, runs = cast.owner.access(), []
    for number in range(count):
        run, _ = create_run(access, experiment_number=0, name=f"run-{number:03d}", start_time_ms=START_MS + number)
        metrics = MetricColumns(["rmse"], [0], [START_MS], [float(count - number)])
        log_batch(access, run_id=run.pk, metrics=metrics, params=[("depth", str(number))], tags=[("kind", "tree")])
        runs.append(run)
    return runs


def names(page: str) -> list[str]:
    return re.findall(r">(run-\d{3})</a>", page)


def get(cast: Cast, query: str = "", **headers: str) -> str:
    return cast.viewer.browser().get(PATH + query, headers=headers).content.decode()


def test_the_team_sees_it_and_strangers_see_nothing(cast: Cast) -> None:
    assert cast.owner.browser().get(PATH).status_code == 200
    assert cast.viewer.browser().get(PATH).status_code == 200
    assert cast.stranger.browser().get(PATH).status_code == 404
    assert cast.owner.browser().get("/acme/vision/experiments/77").status_code == 404
    assert cast.anonymous.get(PATH)["Location"].startswith("/accounts/sign-in")


def test_an_empty_experiment_says_so(cast: Cast) -> None:
    assert "No runs here yet" in get(cast)


def test_newest_first_with_params_and_latest_metrics(cast: Cast) -> None:
    make_runs(cast, 3)
    page = get(cast)
    assert names(page) == ["run-002", "run-001", "run-000"]
    assert 'title="metrics.rmse"' in page
    assert 'title="params.depth"' in page
    assert 'title="tags.kind"' not in page


def test_a_filter_finds(cast: Cast) -> None:
    make_runs(cast, 4)
    assert names(get(cast, "?q=metrics.rmse+%3C+3+and+params.depth+!%3D+'3'")) == ["run-002"]
    assert "No run matches" in get(cast, "?q=metrics.rmse+%3C+0")


def test_a_filter_that_cannot_be_understood_is_shown_at_its_column(cast: Cast) -> None:
    answer = cast.viewer.browser().get(PATH, {"q": "metrics.rmse << 3"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'data-error-column="15"' in page
    assert '<span class="caret">&lt;</span>' in page
    assert "Column 15: expected" in page


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("metrics.rmse ASC", "run-002"),
        ("metrics.rmse DESC", "run-000"),
        ("params.depth ASC", "run-000"),
        ("attributes.run_name DESC", "run-002"),
        ("attributes.start_time ASC", "run-000"),
    ],
)
def test_any_column_orders(cast: Cast, order: str, first: str) -> None:
    make_runs(cast, 3)
    page = cast.viewer.browser().get(PATH, {"order": order}).content.decode()
    assert names(page)[0] == first
    assert f'aria-sort="{"ascending" if order.endswith("ASC") else "descending"}"' in page


def test_a_click_on_a_heading_turns_the_order_round(cast: Cast) -> None:
    make_runs(cast, 2)
    assert "?order=metrics.rmse+DESC" in get(cast)
    assert "?order=metrics.rmse+ASC" in get(cast, "?order=metrics.rmse+DESC")


def test_pages_follow_one_another(cast: Cast) -> None:
    make_runs(cast, 52)
    browser = cast.viewer.browser()
    page = browser.get(PATH).content.decode()
    assert len(names(page)) == 50
    following = re.search(r'href="(\?[^"]*page=[^"]+)"', page)
    assert following
    page = browser.get(PATH + following[1].replace("&amp;", "&")).content.decode()
    assert names(page) == ["run-001", "run-000"]
    assert "First page" in page


def test_a_page_token_of_another_search_is_refused(cast: Cast) -> None:
    make_runs(cast, 52)
    page = get(cast)
    token = re.search(r"page=([^\"&]+)", page)
    assert token
    answer = cast.viewer.browser().get(f"{PATH}?q=metrics.rmse+%3C+9&page={token[1]}")
    assert answer.status_code == 400


def test_chosen_columns_are_remembered(cast: Cast) -> None:
    make_runs(cast, 2)
    browser = cast.viewer.browser()
    fields = {"column": ["tags.kind"], "query_string": "order=params.depth+ASC"}
    answer = browser.post(f"{PATH}/columns", fields)
    assert answer["Location"] == f"{PATH}?order=params.depth+ASC"
    page = browser.get(PATH).content.decode()
    assert 'title="tags.kind"' in page
    assert 'title="metrics.rmse"' not in page
    browser.post(f"{PATH}/columns", {"usual": "1"})
    assert 'title="metrics.rmse"' in browser.get(PATH).content.decode()


def test_htmx_gets_the_part_that_changes(cast: Cast) -> None:
    assert "<html" not in get(cast, **{"HX-Request": "true"})
    assert "<html" in get(cast, **{"HX-Request": "true", "HX-History-Restore-Request": "true"})


def test_statements_do_not_grow_with_runs(cast: Cast, query_budget: Budget) -> None:
    make_runs(cast, 5)
    browser = cast.owner.browser()
    with query_budget("page/experiment"):
        browser.get(PATH)
