"""Requests to the native API, as somebody."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import Client

from apps.projects.models import Project
from tests.api.native import contract
from tests.factories.cast import Machine, Person

JSON = "application/json"
Somebody = Person | Machine | None
# Django's test client returns a response with more to it than its type says.
Answer = Any


def call(
    who: Somebody, method: str, path: str, body: Any = None, *, content_type: str = JSON, **headers: str
) -> Answer:
    """The answer to a request by token; anonymous for None. `body` is sent as JSON unless it is bytes."""
    payload = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    sent = {**(who.headers if who else {}), **headers}
    address = f"/api/v1{path}"
    answer = Client().generic(method, address, payload, content_type=content_type, headers=sent)
    contract.check(method, address, answer)
    return answer


def get(who: Somebody, path: str, **headers: str) -> Answer:
    """A GET."""
    return call(who, "GET", path, **headers)


def post(who: Somebody, path: str, body: Any = None, **more: Any) -> Answer:
    """A POST."""
    return call(who, "POST", path, body, **more)


def patch(who: Somebody, path: str, body: Any) -> Answer:
    """A PATCH."""
    return call(who, "PATCH", path, body)


def delete(who: Somebody, path: str) -> Answer:
    """A DELETE."""
    return call(who, "DELETE", path)


def refusal(answer: Answer) -> tuple[int, str, str | None]:
    """Status, code and field of an error, whose form is checked."""
    content = orjson.loads(answer.content)
    assert content.keys() == {"error"}
    error = content["error"]
    assert error.keys() == {"code", "message", "field"}
    assert error["message"]
    return answer.status_code, error["code"], error["field"]


def data(answer: Answer, status: int = 200) -> Any:
    """The content of a success."""
    assert answer.status_code == status, answer.content
    return orjson.loads(answer.content)


def everything(who: Somebody, path: str, *, page_size: int) -> list[Any]:
    """The items of all pages of a list."""
    items: list[Any] = []
    token = ""
    while True:
        separator = "&" if "?" in path else "?"
        page = data(get(who, f"{path}{separator}page_size={page_size}" + (f"&page_token={token}" if token else "")))
        assert len(page["items"]) <= page_size
        items += page["items"]
        token = page["next_page_token"]
        if token is None:
            return items


def at(project: Project) -> str:
    """The path of a project."""
    return f"/projects/{project.team.slug}/{project.slug}"
