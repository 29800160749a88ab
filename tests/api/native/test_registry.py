"""Registered models and their versions in the native API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel
from apps.registry.names import MAX_DESCRIPTION_LENGTH, PROMPT_TAG
from apps.runs.models import Run
from tests.api.native.http import call as request
from tests.api.native.http import data, delete, everything, get, patch, post, refusal
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.models import make_model
from tests.factories.runs import make_run

MODELS = "/projects/acme/vision/registered-models"
VERSIONS = "/projects/acme/vision/model-versions"
TAXI = f"{MODELS}/taxi"
NAME = 'taxi <é> \'n "q"'


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access(), name="trainer")


@pytest.fixture
def model(cast: Cast, run: Run) -> LoggedModel:
    return make_model(cast.member.access(), experiment_number=0, run_id=run.pk, name="lasso")


def put(who: Any, path: str, body: Any) -> Any:
    return request(who, "PUT", path, body)


def register(cast: Cast, model: LoggedModel, *, name: str = "taxi", **fields: Any) -> dict[str, Any]:
    """The next version of a model, which is made if need be."""
    at = f"{MODELS}/{quote(name, safe='')}"
    if get(cast.member, at).status_code == 404:
        data(post(cast.member, MODELS, {"name": name}), 201)
    made: dict[str, Any] = data(
        post(cast.member, f"{at}/versions", {"source": f"models:/{model_id(model.pk)}", **fields}), 201
    )
    return made


def test_a_model_from_its_beginning_to_its_end(cast: Cast) -> None:
    new = {"name": NAME, "description": "# Fares", "tags": {"task": "regression"}}
    made = data(post(cast.member, MODELS, new), 201)
    assert made.items() >= (new | {"aliases": {}, "latest_versions": {}, "newest_version": None}).items()
    at = f"{MODELS}/{quote(NAME, safe='')}"
    assert data(get(cast.viewer, at)) == made
    changed = data(patch(cast.member, at, {"description": "Fares.", "name": "taxi"}))
    assert (changed["name"], changed["description"]) == ("taxi", "Fares.")
    assert changed["created_at_ms"] == made["created_at_ms"] <= changed["updated_at_ms"]
    assert data(patch(cast.member, TAXI, {}))["description"] == "Fares."
    assert refusal(get(cast.member, at)) == (404, "registered_model_not_found", "name")
    assert data(post(cast.member, f"{TAXI}/tags", {"tags": {"task": "x", "a/b": ""}}))["tags"] == {
        "task": "x",
        "a/b": "",
    }
    assert delete(cast.member, f"{TAXI}/tags/a/b").status_code == 204
    assert delete(cast.member, f"{TAXI}/tags/a/b").status_code == 204
    assert data(get(cast.member, TAXI))["tags"] == {"task": "x"}
    assert delete(cast.owner, TAXI).status_code == 204
    assert refusal(delete(cast.owner, TAXI))[0] == 404


def test_models_are_searched_in_pages(cast: Cast, query_budget: Budget) -> None:
    for name, task in (("Taxi-b", "rank"), ("taxi-a", "rank"), ("bus", "rank"), ("taxi-c", "sort")):
        data(post(cast.member, MODELS, {"name": name, "tags": {"task": task}}), 201)
    found = [each["name"] for each in everything(cast.viewer, f"{MODELS}?name_contains=TAXI", page_size=2)]
    assert sorted(found) == ["Taxi-b", "taxi-a", "taxi-c"]
    ranked = f"{MODELS}?filter={quote('tags.task = ' + repr('rank'))}&order_by={quote('name DESC')}"
    found = [each["name"] for each in everything(cast.viewer, ranked, page_size=1)]
    assert set(found) == {"Taxi-b", "taxi-a", "bus"}
    assert found == [each["name"] for each in data(get(cast.viewer, ranked))["items"]]
    with query_budget("api/registered models"):
        assert len(data(get(cast.viewer, MODELS))["items"]) == 4


def test_versions_from_their_beginning_to_their_end(cast: Cast, model: LoggedModel, run: Run) -> None:
    said = {
        "run_id": run.pk.hex,
        "model_id": model_id(model.pk),
        "run_link": "https://ci.test/1",
        "description": "*ok*",
    }
    made = register(cast, model, tags={"by": "ci"}, **said)
    expected = said | {"version": 1, "stage": "None", "status": "READY", "tags": {"by": "ci"}, "aliases": []}
    assert made.items() >= expected.items()
    assert (made["user_name"], made["name"]) == ("member@acme.test", "taxi")
    assert made["artifact_uri"].startswith("mlflow-artifacts:/versions/")
    assert data(get(cast.viewer, f"{TAXI}/versions/1")) == made
    copied = data(post(cast.member, f"{TAXI}/versions", {"source": "models:/taxi/1"}), 201)
    assert (copied["version"], copied["source"], copied["run_id"]) == (2, "models:/taxi/1", run.pk.hex)
    at = f"{TAXI}/versions/1"
    assert data(patch(cast.member, at, {"description": ""}))["description"] == ""
    assert data(post(cast.member, f"{at}/tags", {"tags": {"by": "me", "a/b": "1"}}))["tags"] == {"by": "me", "a/b": "1"}
    assert delete(cast.member, f"{at}/tags/a/b").status_code == 204
    assert data(get(cast.member, at))["tags"] == {"by": "me"}
    assert delete(cast.owner, at).status_code == 204
    assert refusal(get(cast.viewer, at)) == (404, "model_version_not_found", "version")
    assert register(cast, model)["version"] == 3


def test_stages_and_aliases(cast: Cast, model: LoggedModel) -> None:
    for _ in range(2):
        register(cast, model)
    assert data(put(cast.owner, f"{TAXI}/versions/1/stage", {"stage": "Production"}))["stage"] == "Production"
    moved = {"stage": "Production", "archive_existing": True}
    assert data(put(cast.owner, f"{TAXI}/versions/2/stage", moved))["version"] == 2
    assert data(get(cast.viewer, TAXI))["latest_versions"] == {"Archived": 1, "Production": 2}
    assert data(put(cast.owner, f"{TAXI}/aliases/champion", {"version": 1}))["aliases"] == ["champion"]
    assert data(put(cast.owner, f"{TAXI}/aliases/champion", {"version": 2}))["version"] == 2
    assert data(get(cast.viewer, f"{TAXI}/aliases/champion"))["version"] == 2
    assert data(get(cast.viewer, f"{TAXI}/aliases/latest"))["version"] == 2
    assert data(get(cast.viewer, TAXI))["aliases"] == {"champion": 2}
    assert delete(cast.owner, f"{TAXI}/aliases/champion").status_code == 204
    assert delete(cast.owner, f"{TAXI}/aliases/champion").status_code == 204
    assert refusal(get(cast.viewer, f"{TAXI}/aliases/champion")) == (400, "alias_not_found", "alias")


def test_versions_are_listed_by_model_and_searched_in_the_project(
    cast: Cast, model: LoggedModel, query_budget: Budget
) -> None:
    for name in ("taxi", "taxi", "taxi", NAME):
        register(cast, model, name=name)
    found = everything(cast.viewer, f"{TAXI}/versions", page_size=2)
    assert [each["version"] for each in found] == [3, 2, 1]
    ordered = f"{TAXI}/versions?order_by={quote('version_number ASC')}&filter={quote('version_number > 1')}"
    assert [each["version"] for each in everything(cast.viewer, ordered, page_size=1)] == [2, 3]
    quoted = f"{MODELS}/{quote(NAME, safe='')}/versions"
    assert [each["name"] for each in data(get(cast.viewer, quoted))["items"]] == [NAME]
    assert len(everything(cast.viewer, VERSIONS, page_size=3)) == 4
    named = f"{VERSIONS}?filter={quote('name = ' + repr('taxi'))}"
    assert [each["version"] for each in data(get(cast.viewer, named))["items"]] == [3, 2, 1]
    with query_budget("api/model versions"):
        data(get(cast.viewer, f"{TAXI}/versions"))


def test_a_model_without_versions_has_an_empty_list_and_an_absent_one_none(cast: Cast) -> None:
    data(post(cast.member, MODELS, {"name": "taxi"}), 201)
    assert data(get(cast.viewer, f"{TAXI}/versions")) == {"items": [], "next_page_token": None}
    for path in ("", "/versions", "/activity", "/versions/1", "/aliases/best"):
        assert refusal(get(cast.viewer, f"{MODELS}/bus{path}"))[0] == 404, path


def test_a_prompt_lists_its_versions_and_is_in_no_search(cast: Cast) -> None:
    tags = {PROMPT_TAG: "true"}
    data(post(cast.member, MODELS, {"name": "hello", "tags": tags}), 201)
    data(post(cast.member, f"{MODELS}/hello/versions", {"source": "prompt-template", "tags": tags}), 201)
    assert [each["version"] for each in data(get(cast.viewer, f"{MODELS}/hello/versions"))["items"]] == [1]
    assert data(get(cast.viewer, MODELS))["items"] == data(get(cast.viewer, VERSIONS))["items"] == []


def test_activity_is_newest_first_in_pages(cast: Cast, model: LoggedModel) -> None:
    register(cast, model)
    data(put(cast.owner, f"{TAXI}/versions/1/stage", {"stage": "Staging"}))
    found = everything(cast.viewer, f"{TAXI}/activity", page_size=1)
    assert [each["action"] for each in found] == [
        "model_version.stage",
        "model_version.create",
        "registered_model.create",
    ]
    stage = {"version": 1, "actor": "owner@acme.test", "before": {"stage": "None"}, "after": {"stage": "Staging"}}
    assert found[0].items() >= stage.items()
    assert found[-1]["version"] is None


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": " "}, 400, "name"),
        ({"name": "a/b"}, 400, "name"),
        ({"name": "a:b"}, 400, "name"),
        ({"name": ".."}, 400, "name"),
        ({"name": "a\0b"}, 400, "name"),
        ({"name": "a" * 257}, 400, "name"),
        ({"name": 7.5, "stage": "x"}, 400, "stage"),
        ({"name": "a", "description": "d" * (MAX_DESCRIPTION_LENGTH + 1)}, 400, "description"),
        ({"name": "a", "tags": {"a;b": "1"}}, 400, "key"),
        ({"name": "a", "tags": {"k": None}}, 400, "tags.k"),
        ({"name": "a", "tags": {"k" * 251: "1"}}, 400, "key"),
        ({"name": "taxi"}, 409, "name"),
    ],
)
def test_what_cannot_be_a_model(cast: Cast, fields: dict[str, Any], status: int, field: str) -> None:
    data(post(cast.member, MODELS, {"name": "taxi"}), 201)
    found = refusal(post(cast.member, MODELS, fields))
    assert (found[0], found[2]) == (status, field)
    assert [each["name"] for each in data(get(cast.viewer, MODELS))["items"]] == ["taxi"]


def test_a_name_that_is_taken_refuses_the_whole_change(cast: Cast) -> None:
    for name in ("taxi", "bus"):
        data(post(cast.member, MODELS, {"name": name}), 201)
    assert refusal(patch(cast.member, TAXI, {"description": "new", "name": "bus"}))[:2] == (
        409,
        "registered_model_exists",
    )
    assert refusal(patch(cast.member, TAXI, {"description": "new", "name": "a/b"}))[0] == 400
    assert refusal(patch(cast.member, TAXI, {"tags": {}}))[2] == "tags"
    assert data(get(cast.member, TAXI))["description"] == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "source"),
        ({"source": ""}, "source"),
        ({"source": "s3://bucket/model"}, "source"),
        ({"source": "file:///etc/passwd"}, "source"),
        ({"source": f"models:/m-{'0' * 32}"}, "source"),
        ({"source": "models:/taxi/1"}, "source"),
        ({"source": "x" * 501}, "source"),
        ({"run_id": "0" * 32}, "source"),
        ({"run_id": "0" * 33}, "run_id"),
        ({"run_link": "x" * 501}, "run_link"),
        ({"tags": {"a;b": "1"}}, "key"),
        ({"version": 7}, "version"),
    ],
)
def test_what_cannot_be_a_version(cast: Cast, model: LoggedModel, fields: dict[str, Any], field: str) -> None:
    data(post(cast.member, MODELS, {"name": "taxi"}), 201)
    body = (
        fields if field == "source" and "run_id" not in fields else {"source": f"models:/{model_id(model.pk)}"} | fields
    )
    found = refusal(post(cast.member, f"{TAXI}/versions", body))
    assert (found[0], found[2]) == (400, field)
    assert data(get(cast.viewer, TAXI))["newest_version"] is None


def test_what_a_version_cannot_become(cast: Cast, model: LoggedModel) -> None:
    register(cast, model)
    at = f"{TAXI}/versions/1"
    assert refusal(put(cast.owner, f"{at}/stage", {"stage": "Live"}))[::2] == (400, "stage")
    assert refusal(put(cast.owner, f"{at}/stage", {"stage": "None", "archive_existing": True}))[0] == 400
    assert refusal(patch(cast.owner, at, {}))[::2] == (400, "description")
    assert refusal(patch(cast.owner, at, {"description": "d" * (MAX_DESCRIPTION_LENGTH + 1)}))[0] == 400
    assert refusal(post(cast.owner, f"{at}/tags", {"tags": {"fine": "1", "a;b": "1"}}))[::2] == (400, "key")
    assert refusal(delete(cast.owner, f"{at}/tags/a;b"))[::2] == (400, "key")
    assert refusal(delete(cast.owner, f"{TAXI}/tags/a;b"))[::2] == (400, "key")
    for alias, number in (("latest", 1), ("v1", 1), ("a b", 1), ("a" * 256, 1), ("fine", 0), ("fine", 2**31)):
        assert refusal(put(cast.owner, f"{TAXI}/aliases/{quote(alias)}", {"version": number}))[0] == 400, alias
    assert refusal(put(cast.owner, f"{TAXI}/aliases/fine", {"version": 2}))[::2] == (404, "version")
    assert refusal(delete(cast.owner, f"{TAXI}/aliases/a%20b"))[0] == 400
    now = data(get(cast.owner, at))
    assert (now["stage"], now["tags"], now["aliases"]) == ("None", {}, [])


@pytest.mark.parametrize("query", ["filter=color%20%3D%201", "order_by=color", "page_token=x", "page_size=0", "q=x"])
def test_a_search_says_what_it_does_not_understand(cast: Cast, query: str) -> None:
    data(post(cast.member, MODELS, {"name": "taxi"}), 201)
    for path in (MODELS, VERSIONS, f"{TAXI}/versions"):
        assert refusal(get(cast.viewer, f"{path}?{query}"))[0] == 400, path


def test_a_page_token_of_another_list_is_refused(cast: Cast, model: LoggedModel) -> None:
    for name in ("taxi", "taxi", "bus"):
        register(cast, model, name=name)
    token = data(get(cast.viewer, f"{TAXI}/activity?page_size=1"))["next_page_token"]
    assert refusal(get(cast.viewer, f"{MODELS}/bus/activity?page_token={token}"))[0] == 400
    token = data(get(cast.viewer, f"{TAXI}/versions?page_size=1"))["next_page_token"]
    assert refusal(get(cast.viewer, f"{VERSIONS}?page_token={token}"))[0] == 400


def test_a_name_that_no_database_keeps_is_no_address(cast: Cast) -> None:
    for path in (f"{MODELS}/a%00b", f"{TAXI}/tags/a%00b", f"{TAXI}/aliases/a%00b"):
        assert refusal(delete(cast.owner, path))[0] == 404, path
    assert cast.owner.browser().get("/acme/vision/models/a%00b").status_code == 404


def test_who_may_do_what(cast: Cast, model: LoggedModel) -> None:
    register(cast, model)
    at = f"{TAXI}/versions/1"
    writes = [
        ("POST", MODELS, {"name": "bus"}),
        ("PATCH", TAXI, {"description": "x"}),
        ("POST", f"{TAXI}/tags", {"tags": {"k": "v"}}),
        ("DELETE", f"{TAXI}/tags/k", None),
        ("POST", f"{TAXI}/versions", {"source": "models:/taxi/1"}),
        ("PATCH", at, {"description": "x"}),
        ("POST", f"{at}/tags", {"tags": {"k": "v"}}),
        ("DELETE", f"{at}/tags/k", None),
    ]
    promotions = [
        ("PUT", f"{at}/stage", {"stage": "Production"}),
        ("PUT", f"{TAXI}/aliases/best", {"version": 1}),
        ("DELETE", f"{TAXI}/aliases/best", None),
        ("DELETE", at, None),
        ("DELETE", TAXI, None),
    ]
    before = data(get(cast.owner, TAXI)), data(get(cast.owner, at))
    for method, path, body in writes + promotions:
        assert refusal(request(cast.viewer, method, path, body))[0] == 403, path
        assert refusal(request(cast.stranger, method, path, body))[0] == 404, path
        assert refusal(request(None, method, path, body))[0] == 401, path
    for method, path, body in promotions:
        assert refusal(request(cast.member, method, path, body))[0] == 403, path
    for path in (MODELS, TAXI, f"{TAXI}/versions", at, f"{TAXI}/activity", VERSIONS):
        assert refusal(get(cast.stranger, path))[0] == 404, path
        assert refusal(get(None, path))[0] == 401, path
    assert (data(get(cast.owner, TAXI)), data(get(cast.owner, at))) == before
