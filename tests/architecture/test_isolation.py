"""Every route, tried by somebody who must not get through: generated from the URLconf, the route table and cases.py.

The victim is a team with something of everything. The stranger owns another team, so has every right there is, elsewhere.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.architecture.attempts import OTHER_VALUES, Attempt, attempts, identities
from tests.architecture.cases import Outcome
from tests.architecture.routes import Kind
from tests.architecture.world import World, make_world
from tests.factories.cast import bearer

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

CSRF_VALUE = re.compile(rb'(csrf[\w-]*"?[^>]{0,40}?value=|"X-CSRFToken": )"[^"]+"')
# What an absent thing is called.
ABSENT: dict[str, Any] = {
    "team": "nowhere",
    "artifact_path": f"0/{uuid.UUID(int=1).hex}/artifacts/model/weights.bin",
    "run_id": uuid.UUID(int=1).hex,
    "upload_id": uuid.UUID(int=1).hex,
    "workspace_name": "nowhere",
    **dict.fromkeys(("account_id", "grant_id", "service_account_id", "token_id", "user_id"), 987654),
    **dict.fromkeys(("experiment_id", "number"), 987654),
}
MOST_SHOWN = 20
OWN_TENANT = {"team": "rival", "project": "vision"}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def report(offenders: list[str]) -> str:
    shown = offenders[:MOST_SHOWN] + ["..."] * (len(offenders) > MOST_SHOWN)
    return f"{len(offenders)} answers let somebody through or give something away:\n" + "\n".join(shown)


def test_owner_gets_through_so_that_the_cases_mean_something(world: World) -> None:
    """A refusal proves nothing about a request that nobody could make."""
    offenders = []
    for attempt in attempts(world):
        answers = [attempt.tried(*identity) for identity in identities(world.cast.owner, attempt)]
        statuses = {answer.status_code for answer in answers}
        is_right = min(statuses) < 400 if attempt.case.succeeds else statuses.isdisjoint({401, 403, 404, 405, 500})
        if not is_right:
            offenders.append(f"{attempt.route.key}: {statuses} {excerpt(answers[-1])}")
    assert not offenders, f"The owner is refused; repair the case or the route. {report(offenders)}"


def test_stranger_in_the_victims_place_finds_nothing(world: World) -> None:
    before = world.victims_rows()
    offenders = []
    for attempt, absent in zip(attempts(world), attempts(world, team="nowhere"), strict=True):
        if attempt.route.declared == "signed-in":
            continue
        for client, headers in identities(world.cast.stranger, attempt):
            answer, other = attempt.send(client, headers), absent.send(client, headers)
            if answer.status_code != 404:
                offenders.append(f"{attempt.route.key}: {answer.status_code} instead of 404")
            elif essence(answer, "acme") != essence(other, "nowhere"):
                offenders.append(f"{attempt.route.key}: its 404 differs from that of a team that does not exist")
    assert not offenders, report(offenders)
    assert world.victims_rows() == before


def test_stranger_who_names_the_victims_things_at_home_finds_nothing(world: World) -> None:
    before = world.victims_rows()
    offenders = []
    for attempt in attempts(world, **OWN_TENANT):
        if not names_something(attempt):
            continue
        for identity in identities(world.cast.stranger, attempt):
            problem = wrong_outcome(attempt, attempt.tried(*identity), world)
            offenders += [f"{attempt.route.key}: {problem}"] * bool(problem)
    assert not offenders, report(offenders)
    assert world.victims_rows() == before


def test_the_victims_things_answer_like_things_that_never_were(world: World) -> None:
    """Byte for byte, but for the id that was asked for."""
    offenders = []
    for attempt, absent in zip(attempts(world, **OWN_TENANT), attempts(world, **ABSENT | OWN_TENANT), strict=True):
        if attempt.path == absent.path or attempt.case.outcome is not Outcome.NOT_FOUND:
            continue
        # A page's 404 names nothing; an API's may repeat the id that was asked for.
        is_page = attempt.route.kind is Kind.PAGE
        named = [*world.path_values().values(), *OTHER_VALUES.values(), *attempt.case.path(world).values()]
        asked = [] if is_page else [str(value) for value in named]
        asked_absent = [] if is_page else [str(value) for value in ABSENT.values()]
        for client, headers in identities(world.cast.stranger, attempt):
            answer, other = attempt.send(client, headers), absent.send(client, headers)
            if essence(answer, *asked) != essence(other, *asked_absent):
                offenders.append(f"{attempt.route.key}: {excerpt(answer)} against {excerpt(other)}")
    assert not offenders, report(offenders)


@pytest.mark.parametrize("headers", [{}, bearer("rf_0123456789ab_nonsense"), {"Authorization": "Basic bm86bm8="}])
def test_without_a_valid_credential_nothing_is_told(world: World, headers: dict[str, str]) -> None:
    offenders = []
    for attempt, absent in zip(attempts(world), attempts(world, team="nowhere"), strict=True):
        answer, other = attempt.send(Client(), headers), absent.send(Client(), headers)
        expected = 302 if attempt.route.kind is Kind.PAGE else 401
        if answer.status_code != expected:
            offenders.append(f"{attempt.route.key}: {answer.status_code} instead of {expected}")
        elif essence(answer, "acme") != essence(other, "nowhere"):
            offenders.append(f"{attempt.route.key}: another answer than for a team that does not exist")
    assert not offenders, report(offenders)


def test_workspace_header_leads_into_no_other_team(world: World) -> None:
    offenders = []
    for attempt in attempts(world):
        if attempt.route.kind is not Kind.MLFLOW or attempt.route.template.startswith("3.0/mlflow/workspaces"):
            continue
        at_root = Attempt(attempt.route, attempt.case, f"/ajax-api/{attempt.route.path(OTHER_VALUES)}", attempt.fields)
        answer = at_root.send(Client(), {**world.cast.stranger.headers, "X-MLFLOW-WORKSPACE": "secret"})
        if answer.status_code != 404:
            offenders.append(f"{attempt.route.key}: {answer.status_code} instead of 404")
    assert not offenders, report(offenders)


def test_token_of_one_project_opens_no_other_of_its_team(world: World) -> None:
    """The machine's token is bound to vision; `secret` is a project of the same team."""
    offenders = []
    for attempt in attempts(world, project="secret"):
        has_project = attempt.route.kind is Kind.MLFLOW or "project" in attempt.route.parameters
        if attempt.route.kind is Kind.PAGE or not has_project or "workspaces" in attempt.route.template:
            continue
        answer = attempt.send(Client(), world.cast.machine.headers)
        if answer.status_code != 404:
            offenders.append(f"{attempt.route.key}: {answer.status_code} instead of 404")
    assert not offenders, report(offenders)


def excerpt(answer: Answer) -> str:
    """What an answer says, if it is no page."""
    return "(a page)" if b"<html" in answer.content else repr(answer.content[:160])


def names_something(attempt: Attempt) -> bool:
    """Whether the request names a thing beyond team and project: in its path, or in its fields."""
    names = attempt.route.parameters - {"team", "project"} or attempt.fields or "?" in attempt.path
    return bool(names) or attempt.case.outcome is Outcome.OWN


def wrong_outcome(attempt: Attempt, answer: Answer, world: World) -> str:
    """What is wrong with the answer, or nothing."""
    right = {
        Outcome.NOT_FOUND: answer.status_code == 404,
        Outcome.OWN: answer.status_code < 400,
        Outcome.REFUSED: answer.status_code in {400, 409},
        Outcome.HIDDEN: answer.status_code == 404 or answer.status_code < 400,
        Outcome.NOT_SERVED: answer.status_code == 501,
    }
    if not right[attempt.case.outcome]:
        return f"{answer.status_code}, but expected {attempt.case.outcome}: {excerpt(answer)}"
    told = [marker for marker in world.markers if answer.status_code < 400 and marker.encode() in answer.content]
    return f"tells {told}" if told else ""


def essence(answer: Answer, *named: str) -> tuple[int, str, str, bytes]:
    """An answer without what rightly differs: the words that were asked for, and the form tokens of a page."""
    body = CSRF_VALUE.sub(b"", answer.content)
    location = answer.headers.get("Location", "")
    for word in sorted(named, key=len, reverse=True):
        body = re.sub(rf"\b{re.escape(word)}\b".encode(), b"*", body)
        location = location.replace(word, "*")
    return answer.status_code, answer.headers.get("Content-Type", ""), location, body
