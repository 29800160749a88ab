"""Search of experiments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.common.errors import InvalidInput
from apps.experiments.models import Experiment
from apps.experiments.search import ExperimentPage, ViewType, search_experiments
from apps.experiments.services import create_experiment
from apps.projects.tenancy import bound
from apps.runs.services import delete_experiment
from apps.teams.access import Access
from tests.factories.cast import Cast


@pytest.fixture
def access(cast: Cast) -> Access:
    """A project with Default and experiments a, B and c, created one after another."""
    access = cast.member.access()
    for name, tags in (("a", [("team", "x")]), ("B", [("team", "y"), ("é", "it's")]), ("c", [])):
        create_experiment(access, name=name, tags=tags)
    with bound(access):
        for experiment in Experiment.objects.in_project(access):
            Experiment.objects.in_project(access).filter(pk=experiment.pk).update(
                created_at_ms=1_000 + experiment.number, updated_at_ms=2_000 - experiment.number
            )
    return access


def names(access: Access, filter: str = "", *order_by: str, view: ViewType = ViewType.ACTIVE_ONLY) -> list[str]:  # noqa: A002
    """The names on all pages of one experiment each, which must be those on one page."""
    whole = search_experiments(access, filter=filter, order_by=order_by, view_type=view)
    paged, token = [], None
    while True:
        page = search_experiments(
            access, filter=filter, order_by=order_by, view_type=view, max_results=1, page_token=token
        )
        paged += [details.experiment.name for details in page.experiments]
        token = page.next_page_token
        if token is None:
            break
    assert paged == [details.experiment.name for details in whole.experiments]
    return paged


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((), ["c", "B", "a", "Default"]),
        (("name ASC",), ["B", "Default", "a", "c"]),
        (("name DESC",), ["c", "a", "Default", "B"]),
        (("last_update_time ASC",), ["c", "B", "a", "Default"]),
        (("experiment_id",), ["Default", "a", "B", "c"]),
        (("creation_time", "name DESC"), ["Default", "a", "B", "c"]),
    ],
)
def test_orders(access: Access, order: tuple[str, ...], expected: list[str]) -> None:
    assert names(access, "", *order) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'a'", ["a"]),
        ("name LIKE 'b%'", []),
        ("name ILIKE 'b%'", ["B"]),
        ("attribute.name != 'a'", ["c", "B", "Default"]),
        ("tags.team = 'x'", ["a"]),
        ("tags.team != 'x'", ["B"]),
        ("tags.team IS NULL", ["c", "Default"]),
        ("tags.team IS NOT NULL AND NOT name = 'a'", ["B"]),
        ("tag.`é` = 'it''s'", ["B"]),
        ("creation_time > 1001", ["c", "B"]),
        ("last_update_time >= 1999 OR name IN ('c')", ["c", "a", "Default"]),
        ("experiment_id = '1'", ["a"]),
        ("experiment_id IN ('0', '2', 'x')", ["B", "Default"]),
        ("experiment_id NOT IN ('0', '2')", ["c", "a"]),
    ],
)
def test_filters(access: Access, text: str, expected: list[str]) -> None:
    assert names(access, text) == expected


def test_deleted_experiments_are_shown_on_demand_only(access: Access) -> None:
    delete_experiment(access, number=1)
    assert names(access) == ["c", "B", "Default"]
    assert names(access, view=ViewType.DELETED_ONLY) == ["a"]
    assert names(access, view=ViewType.ALL) == ["c", "B", "a", "Default"]


def test_a_page_token_is_worth_nothing_elsewhere(access: Access, cast: Cast) -> None:
    token = search_experiments(access, max_results=1).next_page_token
    assert token is not None
    attempts: list[Callable[[], ExperimentPage]] = [
        lambda: search_experiments(cast.stranger.access(), max_results=1, page_token=token),
        lambda: search_experiments(access, filter="name = 'a'", page_token=token),
        lambda: search_experiments(access, order_by=["name"], page_token=token),
    ]
    for foreign in attempts:
        with pytest.raises(InvalidInput):
            foreign()


def test_nobody_finds_what_is_not_theirs(access: Access, cast: Cast) -> None:
    assert names(cast.stranger.access(), "tags.team IS NOT NULL") == []
    assert names(cast.stranger.access()) == ["Default"]


@pytest.mark.parametrize("text", ["nothing = 'x'", "metrics.x < 1", "name > 'a'", "creation_time = 'x'", "name ="])
def test_a_filter_that_cannot_be_understood_is_refused(access: Access, text: str) -> None:
    with pytest.raises(InvalidInput):
        search_experiments(access, filter=text)
