"""The compiled search equals the naive one, for random runs, filters, orders and page sizes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.filters.tree import Expr, OrderTerm
from apps.common.filters.unparse import unparse, unparse_order
from apps.experiments.models import Experiment
from apps.experiments.search import ViewType
from apps.projects.tenancy import bound
from apps.runs.search.query import search_runs
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.search.corpus import filters, make_runs, orders, store_runs
from tests.unit.search.naive import NaiveRun, matches, ordered

World = tuple[Access, list[NaiveRun]]
relaxed = settings(deadline=None, max_examples=75, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def world(cast: Cast) -> World:
    access = cast.member.access()
    with bound(access):
        experiment = Experiment.objects.in_project(access).get(number=0)
        runs = make_runs(seed=1, experiment_number=0)
        store_runs(access, experiment, runs)
    return access, runs


def found(access: Access, expr: Expr | None, terms: list[OrderTerm], size: int, view: ViewType) -> list[str]:
    """All pages of a search."""
    ids, token = [], None
    while True:
        page = search_runs(
            access,
            experiment_numbers=[0],
            filter=unparse(expr) if expr else None,
            order_by=[unparse_order(term) for term in terms],
            max_results=size,
            page_token=token,
            view_type=view,
        )
        assert len(page.rows) <= size
        ids += [row.id.hex for row in page.rows]
        token = page.next_page_token
        if token is None:
            return ids


@relaxed
@given(filters, st.sampled_from(ViewType))
def test_a_filter_finds_what_its_definition_says(world: World, expr: Expr, view: ViewType) -> None:
    access, runs = world
    expected = [run for run in runs if run.lifecycle in view.lifecycles and matches(expr, run)]
    assert found(access, expr, [], 1000, view) == [run.id.hex for run in ordered(expected, [])]


@relaxed
@given(st.one_of(st.none(), filters), orders, st.integers(1, 45))
def test_pages_give_every_run_once_in_order(world: World, expr: Expr | None, terms: list[OrderTerm], size: int) -> None:
    access, runs = world
    expected = [run for run in runs if run.lifecycle == "active" and matches(expr, run)]
    assert found(access, expr, terms, size, ViewType.ACTIVE_ONLY) == [run.id.hex for run in ordered(expected, terms)]
