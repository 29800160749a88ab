"""registered-models/search and model-versions/search: filters, order, pages, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.mlflow.caller import Caller
from tests.api.mlflow.registry import Registry

MODELS = {
    "alpha": {"team": "a"},
    "Beta": {"team": "b", "tier": "gold"},
    "beta": {"team": "b"},
    "g_mma": {},
    "gamma": {"team": "a", "tier": "silver"},
}


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """Five models; the first two have versions."""
    for name, tags in MODELS.items():
        registry.new_model(name, tags=[{"key": key, "value": value} for key, value in tags.items()])
    for name, count in (("alpha", 3), ("Beta", 2)):
        for number in range(1, count + 1):
            registry.new_version(name, tags=[{"key": "n", "value": str(number)}])
    registry.post("model-versions/transition-stage", name="alpha", version="2", stage="Production")
    return registry


def models(registry: Registry, **query: Any) -> list[str]:
    reply = registry.get("registered-models/search", **query)
    assert reply.status == 200, reply
    return [model["name"] for model in reply.body.get("registered_models", [])]


def versions(registry: Registry, **query: Any) -> list[tuple[str, str]]:
    reply = registry.get("model-versions/search", **query)
    assert reply.status == 200, reply
    return [(each["name"], each["version"]) for each in reply.body.get("model_versions", [])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["Beta", "alpha", "beta", "g_mma", "gamma"]),
        ("name = 'beta'", ["beta"]),
        ("name != 'beta'", ["Beta", "alpha", "g_mma", "gamma"]),
        ("name LIKE 'b%'", ["beta"]),
        ("name ILIKE 'b%'", ["Beta", "beta"]),
        ("name LIKE 'g_mma'", ["g_mma", "gamma"]),
        ("name LIKE '%a'", ["Beta", "alpha", "beta", "g_mma", "gamma"]),
        ("tags.team = 'a'", ["alpha", "gamma"]),
        ("tag.team = 'b' AND tag.tier = 'gold'", ["Beta"]),
        ("tags.team != 'a'", ["Beta", "beta"]),
        ("tags.tier LIKE '%l%'", ["Beta", "gamma"]),
        ("tags.nothing = 'x'", []),
        ("name = 'beta'' OR 1=1 --'", []),
    ],
)
def test_models_are_found(registry: Registry, text: str, found: list[str]) -> None:
    assert models(registry, filter=text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = 'alpha'", {("alpha", "1"), ("alpha", "2"), ("alpha", "3")}),
        ("name = 'alpha' AND tags.n = '2'", {("alpha", "2")}),
        ("version_number > 1", {("alpha", "2"), ("alpha", "3"), ("Beta", "2")}),
        ("version_number = 3", {("alpha", "3")}),
        ("current_stage = 'Production'", {("alpha", "2")}),
        ("tags.n = '1'", {("alpha", "1"), ("Beta", "1")}),
        ("run_id = 'nonsense'", set()),
        ("run_id IN ('nonsense')", set()),
        ("source_path LIKE 'runs:/%'", {("alpha", "1"), ("alpha", "2"), ("alpha", "3"), ("Beta", "1"), ("Beta", "2")}),
    ],
)
def test_versions_are_found(registry: Registry, text: str, found: set[tuple[str, str]]) -> None:
    assert set(versions(registry, filter=text)) == found


def test_versions_are_found_by_their_run(registry: Registry) -> None:
    assert len(versions(registry, filter=f"run_id = '{registry.run_id}'")) == 5
    other = registry.caller.new_run()
    assert versions(registry, filter=f"run_id IN ('{other}')") == []


def test_models_are_ordered(registry: Registry) -> None:
    assert models(registry, order_by=["name DESC"]) == ["gamma", "g_mma", "beta", "alpha", "Beta"]
    registry.patch("registered-models/update", name="gamma", description="changed")
    assert models(registry, order_by=["last_updated_timestamp DESC"])[0] == "gamma"
    assert models(registry, order_by=["creation_timestamp ASC", "name DESC"])[0] == "alpha"


def test_versions_come_with_what_changed_last_first(registry: Registry) -> None:
    assert versions(registry)[0] == ("alpha", "2")
    assert versions(registry, order_by=["name ASC", "version_number ASC"])[:3] == [
        ("Beta", "1"),
        ("Beta", "2"),
        ("alpha", "1"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("path", ["registered-models", "model-versions"])
@pytest.mark.parametrize("order", [[], ["name DESC"], ["creation_timestamp DESC"]])
def test_pages_are_the_whole_once(registry: Registry, path: str, order: list[str], size: int) -> None:
    field = path.replace("-", "_")
    whole = registry.get(f"{path}/search", order_by=order).body[field]
    found, token = [], ""
    while True:
        query = {"page_token": token} if token else {}
        page = registry.get(f"{path}/search", order_by=order, max_results=size, **query).body
        assert len(page[field]) <= size
        found += page[field]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert found == whole


@pytest.mark.parametrize("path", ["registered-models", "model-versions"])
@pytest.mark.parametrize(
    "query",
    [
        {"filter": "name"},
        {"filter": "name = alpha"},
        {"filter": "nothing = 'a'"},
        {"filter": "metrics.m > 1"},
        {"filter": "params.p = '1'"},
        {"filter": "name > 'a'"},
        {"filter": "name = 'a'; DROP TABLE x"},
        {"order_by": ["nothing ASC"]},
        {"order_by": ["name SIDEWAYS"]},
        {"order_by": ["tags.team ASC"]},
        {"page_token": "nonsense"},
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 10**9},
    ],
)
def test_searches_that_cannot_be_are_refused(registry: Registry, path: str, query: dict[str, Any]) -> None:
    reply = registry.get(f"{path}/search", **query)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE"), reply


def test_a_page_token_goes_with_its_search_and_project_alone(registry: Registry, stranger: Caller) -> None:
    token = registry.get("registered-models/search", max_results=1).body["next_page_token"]
    for query in ({"order_by": ["name DESC"]}, {"filter": "name != 'x'"}):
        assert registry.get("registered-models/search", page_token=token, **query).status == 400
    assert registry.get("model-versions/search", page_token=token).status == 400
    assert stranger.get("registered-models/search", page_token=token).status == 400


def test_another_team_finds_nothing(registry: Registry, stranger: Caller) -> None:
    outside = registry.seen_by(stranger)
    assert models(outside) == []
    assert versions(outside, filter=f"run_id = '{registry.run_id}'") == []
