"""Requests to every route, made from the URLconf, the MLflow route table and cases.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client

from apps.projects.authentication import access_cache
from tests.architecture.cases import MLFLOW, NATIVE, PAGES, Case
from tests.architecture.routes import Kind, Route, all_routes
from tests.architecture.world import World
from tests.factories.cast import Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

Identity = tuple[Client, dict[str, str]]
# Where the victim has nothing of the kind, and a project of the victim's whose name the stranger has none of.
OTHER_VALUES: dict[str, Any] = {
    "model_id": "m-0123456789abcdef",
    "tag_key": "stage",
    "artifact_path": f"0/{'0' * 32}/artifacts/model/weights.bin",
    "part_number": 1,
    "request_id": "0" * 32,
    "rule_id": 987654,
    "upload_id": "0" * 32,
    "webhook_id": "0" * 32,
    "workspace_name": "secret",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: to what route, at what address, with which fields."""

    route: Route
    case: Case
    path: str
    fields: dict[str, Any]

    def send(self, client: Client, headers: dict[str, str] | None = None) -> Answer:
        """The answer. Errors of the server are answers too."""
        access_cache.clear()
        client.raise_request_exception = False
        if self.route.method == "GET":
            query = urlencode(self.fields, doseq=True)
            return client.get(f"{self.path}?{query}" if query else self.path, headers=headers)
        if self.route.kind is Kind.PAGE:
            return client.post(self.path, self.fields, headers=headers)
        return client.generic(
            self.route.method, self.path, json.dumps(self.fields), content_type="application/json", headers=headers
        )

    def tried(self, client: Client, headers: dict[str, str] | None = None) -> Answer:
        """The answer to a request whose effects are undone."""
        with transaction.atomic():
            answer = self.send(client, headers)
            transaction.set_rollback(True)
        return answer


def closed_routes() -> list[tuple[Route, Case]]:
    """Each route that is not public, with its case; a page with the method of its case alone."""
    found = []
    for route in all_routes():
        if route.declared == "public":
            continue
        case = PAGES.get(route.template) or NATIVE.get(route.key) or MLFLOW[route.key]
        if route.kind is not Kind.PAGE or route.method == case.method:
            found.append((route, case))
    return found


def attempts(world: World, **changed: Any) -> Iterator[Attempt]:
    """Every closed route on the victim's values, with those in `changed` instead of theirs."""
    values = OTHER_VALUES | world.path_values() | changed
    for route, case in closed_routes():
        prefix = "/{team}/{project}/ajax-api/".format(**values) if route.kind is Kind.MLFLOW else ""
        own_path = {} if changed.keys() & case.path(world).keys() else case.path(world)
        query = urlencode(case.query(world))
        path = prefix + route.path(values | own_path) + ("?" + query if query else "")
        yield Attempt(route, case, path, case.fields(world))


def identities(person: Person, attempt: Attempt) -> list[Identity]:
    """How a person comes to a route: signed in to pages, by token to the protocol, in both ways to the native API."""
    session: Identity = (person.browser(), {})
    token: Identity = (Client(), person.headers)
    if attempt.route.kind is Kind.PAGE or attempt.case.is_session_only:
        return [session]
    return [token] if attempt.route.kind is Kind.MLFLOW else [session, token]
