"""Runs: search and creation below a project, everything else by id."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from apps.runs.models import Run
from apps.runs.services import log_params
from tests.api.native.http import call, data, delete, everything, get, patch, post, refusal
from tests.factories.cast import Cast, Person, bearer
from tests.factories.runs import START_MS, make_run

RUNS = "/projects/acme/vision/runs"
ABSENT = uuid.UUID(int=7).hex


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access())


def at(run: Run) -> str:
    return f"/runs/{run.id.hex}"


def found(who: Person, query: str = "") -> list[str]:
    return [item["name"] for item in data(get(who, f"{RUNS}?{query}"))["items"]]


def test_create_with_params_and_tags(cast: Cast) -> None:
    body = {"name": "owl", "params": {"lr": 0.1, "opt": "adam"}, "tags": {"stage": "pilot"}, "start_time_ms": START_MS}
    made = data(post(cast.member, RUNS, body), 201)
    assert len(made["run_id"]) == 32
    assert (made["team"], made["project"], made["experiment_id"]) == ("acme", "vision", 0)
    assert (made["name"], made["user_name"], made["status"]) == ("owl", "member@acme.test", "RUNNING")
    assert (made["start_time_ms"], made["end_time_ms"]) == (START_MS, None)
    assert made["params"] == {"lr": "0.1", "opt": "adam"}
    assert made["tags"] == {"mlflow.runName": "owl", "stage": "pilot"}
    assert (made["metrics"], made["inputs"]) == ({}, [])
    assert data(get(cast.viewer, f"/runs/{made['run_id']}")) == made


def test_create_makes_up_a_name(cast: Cast) -> None:
    assert data(post(cast.member, RUNS, {}), 201)["name"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"experiment_id": 9}, 404, "experiment_not_found", "experiment_id"),
        ({"experiment_id": -1}, 400, "invalid_input", "experiment_id"),
        ({"experiment_id": 2**63}, 400, "invalid_input", "experiment_id"),
        ({"start_time_ms": 2**63}, 400, "invalid_input", "start_time_ms"),
        ({"params": {"lr": "x" * 6001}}, 400, "invalid_input", "params.lr"),
        ({"params": {"lr": True}}, 400, "invalid_input", "params.lr"),
        ({"params": {f"p{n}": "" for n in range(1001)}}, 400, "invalid_input", "params"),
        ({"name": "a", "tags": {"mlflow.runName": "b"}}, 400, "run_name_differs", "run_name"),
        ({"params": {"../up": "x"}}, 400, "invalid_value", "key"),
    ],
)
def test_create_refusals_store_nothing(cast: Cast, body: dict[str, Any], status: int, code: str, field: str) -> None:
    assert refusal(post(cast.member, RUNS, body)) == (status, code, field)
    assert found(cast.member) == []


def test_writes_need_an_editor(cast: Cast, run: Run) -> None:
    for who, expected in ((cast.viewer, 403), (cast.stranger, 404), (None, 401)):
        assert post(who, RUNS, {}).status_code == expected
        assert patch(who, at(run), {"name": "x"}).status_code == expected
        assert post(who, f"{at(run)}/batch", {}).status_code == expected
        assert delete(who, f"{at(run)}/tags/stage").status_code == expected
        assert delete(who, at(run)).status_code == expected
        assert post(who, f"{at(run)}/restore").status_code == expected
    assert data(get(cast.member, at(run)))["name"] == "first"


def test_get(cast: Cast, run: Run) -> None:
    shown = data(get(cast.viewer, at(run)))
    assert shown["params"] == {"alpha": "0.1"}
    assert shown["tags"] == {"mlflow.runName": "first", "stage": "draft"}
    assert shown["metrics"] == {"loss": {"value": 1 / 3, "step": 2, "timestamp_ms": START_MS + 2}}
    assert [(i["name"], i["digest"], i["source"], i["context"]) for i in shown["inputs"]] == [
        ("taxis", "d1", "taxis.parquet", "")
    ]


def test_absent_and_foreign_look_the_same(cast: Cast, run: Run) -> None:
    foreign = get(cast.stranger, at(run))
    absent = get(cast.stranger, f"/runs/{ABSENT}")
    assert refusal(foreign) == (404, "run_not_found", "run_id")
    assert foreign.content.replace(run.id.hex.encode(), b"") == absent.content.replace(ABSENT.encode(), b"")
    hidden = make_run(cast.owner.access(cast.restricted))
    assert refusal(get(cast.member, at(hidden))) == (404, "run_not_found", "run_id")
    assert refusal(get(cast.machine, at(hidden))) == (404, "run_not_found", "run_id")
    assert data(get(cast.owner, at(hidden)))["project"] == "secret"


@pytest.mark.parametrize("run_id", ["none", "0" * 31, "0" * 33, "g" * 32, str(uuid.UUID(int=7)), "A" * 32])
def test_other_spellings_of_ids_name_nothing(cast: Cast, run_id: str) -> None:
    assert refusal(get(cast.owner, f"/runs/{run_id}")) == (404, "run_not_found", "run_id")


def test_what_is_remembered_of_a_token_ends_with_its_rights(cast: Cast, run: Run) -> None:
    assert patch(cast.member, at(run), {"name": "mine"}).status_code == 200
    data(patch(cast.owner, f"/teams/acme/members/{cast.member.user.pk}", {"role": "viewer"}))
    assert patch(cast.member, at(run), {"name": "still mine"}).status_code == 403
    data(patch(cast.owner, "/projects/acme/vision", {"visibility": "restricted"}))
    assert get(cast.member, at(run)).status_code == 404


def test_update(cast: Cast, run: Run) -> None:
    ended = data(patch(cast.member, at(run), {"status": "FINISHED", "end_time_ms": START_MS + 5, "name": "second"}))
    assert (ended["status"], ended["end_time_ms"], ended["name"]) == ("FINISHED", START_MS + 5, "second")
    assert ended["tags"]["mlflow.runName"] == "second"
    assert refusal(patch(cast.member, at(run), {"status": "DONE"})) == (400, "invalid_input", "status")


def test_a_run_that_ends_ends_now(cast: Cast, run: Run) -> None:
    assert data(patch(cast.member, at(run), {"status": "FAILED"}))["end_time_ms"] > START_MS
    assert data(get(cast.viewer, at(run)))["status"] == "FAILED"


def test_delete_and_restore(cast: Cast, run: Run) -> None:
    assert delete(cast.member, at(run)).status_code == 204
    assert data(get(cast.viewer, at(run)))["lifecycle"] == "deleted"
    assert found(cast.viewer) == []
    assert found(cast.viewer, "lifecycle=deleted") == ["first"]
    assert refusal(patch(cast.member, at(run), {"name": "x"})) == (409, "run_not_active", "run_id")
    assert refusal(post(cast.member, f"{at(run)}/batch", {"tags": {"a": "b"}})) == (409, "run_not_active", "run_id")
    assert data(post(cast.member, f"{at(run)}/restore"))["lifecycle"] == "active"


def test_batch(cast: Cast, run: Run) -> None:
    logged = data(post(cast.member, f"{at(run)}/batch", {"params": {"beta": "2"}, "tags": {"stage": "pilot", "n": ""}}))
    assert logged["params"] == {"alpha": "0.1", "beta": "2"}
    assert logged["tags"] == {"mlflow.runName": "first", "n": "", "stage": "pilot"}


def test_batch_is_all_or_nothing(cast: Cast, run: Run) -> None:
    before = data(get(cast.member, at(run)))
    changed = post(cast.member, f"{at(run)}/batch", {"params": {"alpha": "0.2", "new": "1"}, "tags": {"stage": "x"}})
    assert refusal(changed) == (409, "param_changed", "alpha")
    bad_tag = post(cast.member, f"{at(run)}/batch", {"params": {"new": "1"}, "tags": {"../up": "x"}})
    assert bad_tag.status_code == 400
    assert data(get(cast.member, at(run))) == before


def test_delete_tag(cast: Cast, run: Run) -> None:
    data(post(cast.member, f"{at(run)}/batch", {"tags": {"a/b c": "x"}}))
    assert delete(cast.member, f"{at(run)}/tags/a/b%20c").status_code == 204
    assert refusal(delete(cast.member, f"{at(run)}/tags/a/b%20c")) == (404, "tag_not_found", "key")
    assert refusal(delete(cast.member, f"{at(run)}/tags/a%00b")) == (404, "not_found", None)


def test_search(cast: Cast) -> None:
    access = cast.member.access()
    for number in range(4):
        one = make_run(access, name=f"run{number}", points=number + 1)
        log_params(access, run_id=one.id, params=[("depth", str(number))])
    assert found(cast.viewer, "filter=metrics.loss < 0.4&order_by=metrics.loss ASC") == ["run3", "run2"]
    assert found(cast.viewer, "filter=params.depth IN ('1', '2')&order_by=attributes.run_name") == ["run1", "run2"]
    assert found(cast.viewer, "filter=params.depth = '1' OR NOT metrics.loss.min < 1") == ["run0", "run1"]
    assert found(cast.viewer, "experiment_id=0&experiment_id=7&order_by=attributes.run_name DESC")[0] == "run3"
    assert found(cast.viewer, "experiment_id=7") == []
    path = f"{RUNS}?order_by=metrics.loss DESC"
    assert everything(cast.viewer, path, page_size=3) == data(get(cast.viewer, path))["items"]


def test_search_shows_own_project_alone(cast: Cast, run: Run) -> None:
    make_run(cast.owner.access(cast.restricted), name="hidden")
    make_run(cast.stranger.access(), name="foreign")
    assert found(cast.owner) == ["first"]
    assert refusal(get(cast.stranger, RUNS)) == (404, "not_found", None)


def test_search_page_token_is_worth_nothing_elsewhere(cast: Cast) -> None:
    for name in "ab":
        make_run(cast.member.access(), name=name)
        make_run(cast.stranger.access(), name=name)
    token = data(get(cast.member, f"{RUNS}?page_size=1"))["next_page_token"]
    elsewhere = get(cast.stranger, f"/projects/rival/vision/runs?page_size=1&page_token={token}")
    assert refusal(elsewhere) == (400, "invalid_page_token", "page_token")
    assert refusal(get(cast.member, f"{RUNS}?filter=attributes.status = 'RUNNING'&page_token={token}"))[0] == 400


@pytest.mark.parametrize("query", ["filter=metrics.", "filter=params.x > 3 AND", "order_by=metrics", "lifecycle=gone"])
def test_search_refusals(cast: Cast, query: str) -> None:
    assert get(cast.viewer, f"{RUNS}?{query}").status_code == 400


def test_search_error_points_at_the_column(cast: Cast) -> None:
    message = get(cast.viewer, f"{RUNS}?filter=params.x = ").json()["error"]["message"]
    assert "column" in message


def test_read_token_finds_a_run_by_id_and_writes_nothing(cast: Cast, run: Run) -> None:
    text = data(post(cast.owner, "/teams/acme/tokens", {"name": "reader", "scopes": ["read"]}), 201)["token"]
    assert get(None, at(run), **bearer(text)).status_code == 200
    assert call(None, "PATCH", at(run), {"name": "x"}, **bearer(text)).status_code == 403
