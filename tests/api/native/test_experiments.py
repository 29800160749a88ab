"""/projects/{team}/{project}/experiments"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.native.http import data, delete, everything, get, patch, post, refusal
from tests.factories.cast import Cast
from tests.factories.runs import make_run

EXPERIMENTS = "/projects/acme/vision/experiments"


@pytest.fixture
def made(cast: Cast) -> dict[str, Any]:
    experiment: dict[str, Any] = data(
        post(cast.member, EXPERIMENTS, {"name": "castings", "tags": {"line": "north", "a/b": ""}}), 201
    )
    return experiment


def names(cast: Cast, query: str) -> list[str]:
    return [item["name"] for item in data(get(cast.viewer, f"{EXPERIMENTS}?{query}"))["items"]]


def test_create(made: dict[str, Any]) -> None:
    assert (made["experiment_id"], made["name"], made["lifecycle"]) == (1, "castings", "active")
    assert made["tags"] == {"line": "north", "a/b": ""}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"name": "castings"}, 409, "experiment_exists", "name"),
        ({"name": ""}, 400, "invalid_input", "name"),
        ({"name": "x" * 501}, 400, "invalid_input", "name"),
        ({"name": "x", "tags": {"../up": "y"}}, 400, "invalid_value", "key"),
        ({"name": "x", "tags": ["y"]}, 400, "invalid_input", "tags"),
    ],
)
def test_create_refusals(
    cast: Cast, made: dict[str, Any], body: dict[str, Any], status: int, code: str, field: str
) -> None:
    assert refusal(post(cast.member, EXPERIMENTS, body)) == (status, code, field)


def test_writes_need_an_editor(cast: Cast, made: dict[str, Any]) -> None:
    for who, expected in ((cast.viewer, 403), (cast.stranger, 404), (None, 401)):
        assert post(who, EXPERIMENTS, {"name": "x"}).status_code == expected
        assert patch(who, f"{EXPERIMENTS}/1", {"name": "x"}).status_code == expected
        assert post(who, f"{EXPERIMENTS}/1/tags", {"tags": {}}).status_code == expected
        assert delete(who, f"{EXPERIMENTS}/1/tags/line").status_code == expected
        assert delete(who, f"{EXPERIMENTS}/1").status_code == expected
        assert post(who, f"{EXPERIMENTS}/1/restore").status_code == expected
    assert data(get(cast.viewer, f"{EXPERIMENTS}/1")) == made


def test_get(cast: Cast, made: dict[str, Any]) -> None:
    assert data(get(cast.viewer, f"{EXPERIMENTS}/1")) == made
    assert refusal(get(cast.viewer, f"{EXPERIMENTS}/7")) == (404, "experiment_not_found", "experiment_id")
    assert refusal(get(cast.viewer, f"{EXPERIMENTS}/{10**30}"))[0] == 404
    assert refusal(get(cast.stranger, f"{EXPERIMENTS}/1")) == (404, "not_found", None)
    assert get(cast.stranger, "/projects/rival/vision/experiments/1").status_code == 404


def test_search(cast: Cast, made: dict[str, Any]) -> None:
    data(post(cast.member, EXPERIMENTS, {"name": "forgings", "tags": {"line": "south"}}), 201)
    assert names(cast, "order_by=name") == ["Default", "castings", "forgings"]
    assert names(cast, "order_by=experiment_id DESC") == ["forgings", "castings", "Default"]
    assert names(cast, "filter=tags.line = 'south'") == ["forgings"]
    assert names(cast, "filter=name LIKE '%ings' AND NOT tags.line = 'south'") == ["castings"]


def test_search_comes_in_pages(cast: Cast) -> None:
    for number in range(5):
        data(post(cast.member, EXPERIMENTS, {"name": f"e{number}"}), 201)
    path = f"{EXPERIMENTS}?order_by=name DESC"
    assert everything(cast.viewer, path, page_size=2) == data(get(cast.viewer, path))["items"]


@pytest.mark.parametrize("query", ["filter=name ==", "filter=nothing.x = 'y'", "order_by=size"])
def test_search_refusals(cast: Cast, query: str) -> None:
    assert get(cast.viewer, f"{EXPERIMENTS}?{query}").status_code == 400


def test_rename(cast: Cast, made: dict[str, Any]) -> None:
    assert data(patch(cast.member, f"{EXPERIMENTS}/1", {"name": "forgings"}))["name"] == "forgings"
    assert refusal(patch(cast.member, f"{EXPERIMENTS}/1", {"name": "Default"}))[:2] == (409, "experiment_exists")


def test_tags(cast: Cast, made: dict[str, Any]) -> None:
    tagged = data(post(cast.member, f"{EXPERIMENTS}/1/tags", {"tags": {"line": "south", "shift": " late "}}))
    assert tagged["tags"] == {"a/b": "", "line": "south", "shift": " late "}
    assert delete(cast.member, f"{EXPERIMENTS}/1/tags/a/b").status_code == 204
    assert refusal(delete(cast.member, f"{EXPERIMENTS}/1/tags/a/b"))[:2] == (404, "tag_not_found")
    assert data(get(cast.viewer, f"{EXPERIMENTS}/1"))["tags"] == {"line": "south", "shift": " late "}


def test_tags_are_set_together_or_not_at_all(cast: Cast, made: dict[str, Any]) -> None:
    answer = post(cast.member, f"{EXPERIMENTS}/1/tags", {"tags": {"line": "south", "../up": "x"}})
    assert answer.status_code == 400
    assert data(get(cast.viewer, f"{EXPERIMENTS}/1"))["tags"] == made["tags"]


def test_delete_and_restore_take_the_runs_along(cast: Cast, made: dict[str, Any]) -> None:
    run = make_run(cast.member.access(), experiment_number=1)
    assert delete(cast.member, f"{EXPERIMENTS}/1").status_code == 204
    assert refusal(delete(cast.member, f"{EXPERIMENTS}/1"))[0] == 404
    assert data(get(cast.viewer, f"{EXPERIMENTS}/1"))["lifecycle"] == "deleted"
    assert data(get(cast.viewer, f"/runs/{run.id.hex}"))["lifecycle"] == "deleted"
    assert names(cast, "lifecycle=deleted") == ["castings"]
    assert names(cast, "") == ["Default"]
    assert refusal(patch(cast.member, f"{EXPERIMENTS}/1", {"name": "x"}))[:2] == (409, "experiment_not_active")
    assert data(post(cast.member, f"{EXPERIMENTS}/1/restore"))["lifecycle"] == "active"
    assert data(get(cast.viewer, f"/runs/{run.id.hex}"))["lifecycle"] == "active"
