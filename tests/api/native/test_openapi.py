"""What OpenAPI says: of every route, with examples that are examples of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.native.contract import document, operations, resolved, validate
from tests.api.native.http import data, get
from tests.architecture.routes import Kind, all_routes

JSON = "application/json"


def examples(content: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in content["examples"].values()]


def test_every_route_is_described() -> None:
    routes = {f"{route.method} {route.template}": route for route in all_routes() if route.kind is Kind.NATIVE}
    closed = {key for key, route in routes.items() if route.declared != "public"}
    assert operations().keys() == closed
    assert all(operations()[key]["x-permission"] == routes[key].declared for key in closed)


def test_every_route_has_a_name_of_its_own_and_words() -> None:
    names = [described["operationId"] for described in operations().values()]
    assert len(set(names)) == len(names)
    without = [key for key, described in operations().items() if not (described["summary"] and described["tags"])]
    assert not without


@pytest.mark.parametrize("key", sorted(operations()))
def test_examples_are_what_they_are_examples_of(key: str) -> None:
    described = operations()[key]
    contents = [resolved(response).get("content", {}).get(JSON) for response in described["responses"].values()]
    contents.append(described.get("requestBody", {"content": {}})["content"].get(JSON))
    shown = [content for content in contents if content]
    assert shown
    for content in shown:
        assert examples(content)
        for example in examples(content):
            validate(example, content["schema"])


@pytest.mark.parametrize("key", sorted(operations()))
def test_every_route_says_who_is_refused(key: str) -> None:
    assert {"401"} <= operations()[key]["responses"].keys()
    assert operations()[key]["security"] == [{"token": []}, {"session": []}]


def test_description_is_for_everybody() -> None:
    served = data(get(None, "/openapi.json"))
    assert served["paths"].keys() == document()["paths"].keys()


def test_docs_are_for_everybody() -> None:
    assert get(None, "/").headers["Location"] == "/api/v1/docs"
    answer = get(None, "/docs", Accept="text/html")
    assert answer.status_code == 200
    assert b"<script>" not in answer.content
    assert b'data-schema="/api/v1/openapi.json"' in answer.content
