"""Several people who decide at once, against a live server with more than one process."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

from tests.servers.live import LiveRunfold

PEOPLE = 4


@dataclass(frozen=True, slots=True)
class Team:
    """Maintainers of a project, and a model of two versions."""

    api: str
    tokens: list[str]
    model: str = ""

    @property
    def at(self) -> str:
        """The path of the model."""
        return f"registered-models/{self.model}"

    def call(self, person: int, method: str, path: str, body: Any = None) -> requests.Response:
        """A request by the native API."""
        headers = {"Authorization": f"Bearer {self.tokens[person]}"}
        return requests.request(method, f"{self.api}/{path}", json=body, headers=headers, timeout=60)

    def new_rule(self, stage: str, approvals_needed: int) -> None:
        """A rule of the model."""
        made = self.call(0, "POST", f"{self.at}/approval-rules", {"stage": stage, "approvals_needed": approvals_needed})
        assert made.status_code == 201, made.text

    def ask(self, version: int, stage: str) -> str:
        """The path of a new request."""
        body = {"version": version, "stage": stage}
        made = self.call(0, "POST", f"{self.at}/approval-requests", body)
        assert made.status_code == 201, made.text
        return f"approval-requests/{made.json()['request_id']}"

    def at_once(self, job: Callable[[int], requests.Response]) -> Counter[tuple[int, str]]:
        """What everybody but the first gets who does something at the same time."""
        with ThreadPoolExecutor(PEOPLE) as pool:
            answers = list(pool.map(job, range(1, PEOPLE + 1)))
        return Counter((answer.status_code, _word(answer.json())) for answer in answers)

    def moves(self) -> int:
        """How often a version was moved."""
        found = self.call(0, "GET", f"{self.at}/activity").json()["items"]
        return sum(each["action"] == "model_version.stage" for each in found)


def _word(answer: dict[str, Any]) -> str:
    return str(answer["error"]["code"] if "error" in answer else answer["state"])


@pytest.fixture(scope="module")
def people(live_runfold: LiveRunfold) -> Team:
    """An owner and admins, each with a token."""
    slug = f"t-{uuid.uuid4().hex[:12]}"
    tokens = []
    for number in range(PEOPLE + 1):
        email = f"{slug}-{number}@example.test"
        live_runfold.command("create_user", email)
        if number == 0:
            live_runfold.command("create_team", slug, "--owner", email)
            live_runfold.command("create_project", slug, "vision")
        else:
            live_runfold.command("add_member", slug, email, "--role", "admin")
        tokens.append(live_runfold.command("create_token", slug, "--user", email, "--scopes", "admin")["token"])
    return Team(f"{live_runfold.url}/api/v1/projects/{slug}/vision", tokens)


@pytest.fixture
def team(people: Team) -> Team:
    """The same with a model of two versions, which need no files."""
    made = replace(people, model=f"m-{uuid.uuid4().hex[:12]}")
    is_prompt = {"mlflow.prompt.is_prompt": "true"}
    assert made.call(0, "POST", "registered-models", {"name": made.model, "tags": is_prompt}).status_code == 201
    for _ in range(2):
        version = {"source": "prompt-template", "tags": is_prompt}
        assert made.call(0, "POST", f"{made.at}/versions", version).status_code == 201
    return made


def test_of_those_who_approve_at_once_one_moves_it(team: Team) -> None:
    team.new_rule("Production", 1)
    at = team.ask(2, "Production")
    found = team.at_once(lambda person: team.call(person, "POST", f"{at}/approve", {}))
    assert found == {(200, "approved"): 1, (409, "approval_request_closed"): PEOPLE - 1}
    assert team.moves() == 1


def test_of_those_who_approve_at_once_as_many_count_as_are_needed(team: Team) -> None:
    team.new_rule("Production", PEOPLE)
    at = team.ask(2, "Production")
    found = team.at_once(lambda person: team.call(person, "POST", f"{at}/approve", {}))
    assert found == {(200, "open"): PEOPLE - 1, (200, "approved"): 1}
    assert len(team.call(0, "GET", at).json()["decisions"]) == PEOPLE
    assert team.moves() == 1


def test_a_rejection_and_approvals_at_once_have_one_outcome(team: Team) -> None:
    team.new_rule("Production", 1)
    at = team.ask(2, "Production")
    words = {1: "reject"}
    found = team.at_once(lambda person: team.call(person, "POST", f"{at}/{words.get(person, 'approve')}", {}))
    assert found[(409, "approval_request_closed")] == PEOPLE - 1
    state = team.call(0, "GET", at).json()["state"]
    assert found[(200, state)] == 1
    assert team.moves() == (state == "approved")


def test_of_those_who_ask_at_once_for_the_same_one_succeeds(team: Team) -> None:
    team.new_rule("Production", 1)
    body = {"version": 1, "stage": "Production"}
    found = team.at_once(lambda person: team.call(person, "POST", f"{team.at}/approval-requests", body))
    assert found == {(201, "open"): 1, (409, "approval_request_open"): PEOPLE - 1}
