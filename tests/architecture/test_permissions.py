"""Every route in the name of every role, grant and scope: what comes is what docs/permissions.md says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from apps.projects.services import set_grant
from apps.teams.permissions import TeamRole
from apps.teams.services import create_service_account, create_token, operator_access
from tests.architecture.attempts import Attempt, Identity, attempts, identities
from tests.architecture.permissions import HOLDERS, ONES_OWN, Holder, document, is_tried, name_of, needed_for
from tests.architecture.world import World, make_world
from tests.factories.cast import Person, bearer, make_member

FILE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
REFUSALS = {401, 403, 404}
MOST_SHOWN = 20


@pytest.fixture
def world(db: None) -> World:
    if connection.vendor != "sqlite":
        pytest.skip("Rights are the same on every database.")
    return make_world()


def test_the_document_is_what_the_code_says() -> None:
    assert FILE.read_text() == document(), "Run: python -m tests.architecture.permissions > docs/permissions.md"


@pytest.mark.parametrize("holder", HOLDERS, ids=[holder.title for holder in HOLDERS])
def test_each_gets_through_where_the_document_says_so_and_nowhere_else(world: World, holder: Holder) -> None:
    comes_to = _ways_of(world, holder)
    tried, offenders = set(), []
    for attempt in attempts(world):
        route = attempt.route
        if not is_tried(route, holder) or (attempt.case.is_session_only and holder.scope):
            continue
        tried.add(name_of(route))
        may = holder.may(needed_for(route))
        status = attempt.tried(*comes_to(attempt)).status_code
        is_right = status not in REFUSALS or name_of(route) in ONES_OWN if may else status == 403
        if not is_right:
            offenders.append(f"{route.key} ({needed_for(route)}): {status}, and {'may' if may else 'may not'}")
    assert not offenders, f"{len(offenders)}:\n" + "\n".join(offenders[:MOST_SHOWN])
    assert tried >= {name for name in ONES_OWN if holder.scope is None or not name.startswith("/")}


def _ways_of(world: World, holder: Holder) -> Callable[[Attempt], Identity]:
    """How it comes to a route."""
    if holder.scope is None:
        person = _person(world, holder)
        return lambda attempt: identities(person, attempt)[-1]
    team = operator_access(world.cast.team)
    account = create_service_account(team, name="scoped", role=holder.role)
    token = create_token(team, name="scoped", scopes=[holder.scope], service_account_id=account.pk).text
    return lambda _: (Client(), bearer(token))


def _person(world: World, holder: Holder) -> Person:
    if holder.role is TeamRole.OWNER:
        return world.cast.owner
    person = make_member(world.cast.project, holder.role, name="somebody")
    if holder.granted is not None:
        set_grant(world.cast.owner.access(), role=holder.granted, user_id=person.user.pk)
    return person
