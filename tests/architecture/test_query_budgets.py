"""How many statements each route takes: recorded in query_budgets.json, and the same however many rows there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.teams.permissions import TeamRole
from tests import budgets
from tests.architecture.attempts import Attempt, attempts, identities
from tests.architecture.source import ROOT
from tests.architecture.world import World, make_world
from tests.factories.cast import make_machine, make_member, make_project
from tests.factories.runs import make_experiment, make_run


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def statements(world: World, attempt: Attempt) -> int:
    """Statements of one request of the owner, savepoints left out: they belong to the test's own transaction."""
    identity = identities(world.cast.owner, attempt)[-1]
    with CaptureQueriesContext(connection) as captured:
        attempt.tried(*identity)
    return sum(not budgets.is_savepoint(query["sql"]) for query in captured.captured_queries)


def measured(world: World) -> dict[str, int]:
    return {f"route: {attempt.route.key}": statements(world, attempt) for attempt in attempts(world)}


def test_every_route_takes_the_statements_that_are_recorded(world: World, pytestconfig: pytest.Config) -> None:
    found = measured(world)
    if pytestconfig.getoption("--record-queries"):
        budgets.record(found, connection.vendor)
        return
    allowed = {name: counts.get(connection.vendor) for name, counts in budgets.recorded().items()}
    changed = [
        f"{name}: {count}, recorded {allowed.get(name)}" for name, count in found.items() if count != allowed.get(name)
    ]
    assert not changed, f"{budgets.HOW_TO_RECORD}\n" + "\n".join(changed)


def test_statements_do_not_grow_with_rows(world: World) -> None:
    before = measured(world)
    owner = world.cast.owner.access()
    for name in ("one", "two", "three"):
        make_run(owner, experiment_number=world.experiment.number, name=name)
        make_experiment(owner, f"experiment-{name}")
    for name in ("one", "two", "three"):
        make_project(world.cast.team, f"project-{name}")
        make_member(world.cast.project, TeamRole.MEMBER, name=name)
        make_machine(world.cast.project, name=name)
    after = measured(world)
    grown = [f"{name}: {before[name]} -> {count}" for name, count in after.items() if count > before[name]]
    assert not grown, (
        "One statement for all rows, not one a row (select_related, prefetch, or a set-based query):\n"
        + "\n".join(grown)
    )


def test_no_budget_is_stale(db: None) -> None:
    """A name is in use when a route has it, or when a test writes it: whole, or without what stands before its colon."""
    routes = {f"route: {attempt.route.key}" for attempt in attempts(make_world())}
    texts = "\n".join(file.read_text() for file in Path(ROOT, "tests").rglob("*.py"))
    stale = [
        name
        for name in budgets.recorded()
        if name not in routes and f'"{name}"' not in texts and f'"{name.partition(": ")[2]}"' not in texts
    ]
    assert not stale, f"Nothing is measured under these names any more, remove them: {stale}"
