"""/teams/{team}/tokens"""

from __future__ import annotations

import pytest

from apps.teams.models import ApiToken
from tests.api.native.http import at, call, data, delete, everything, get, post, refusal
from tests.factories.cast import Cast, bearer

TOKENS = "/teams/acme/tokens"


def test_create_shows_the_text_once(cast: Cast) -> None:
    issued = data(post(cast.member, TOKENS, {"name": "laptop", "scopes": ["read"], "expires_in_days": 30}), 201)
    assert issued["token"].startswith(f"{issued['prefix']}_")
    assert (issued["scopes"], issued["project"], issued["owner"]["label"]) == (["read"], None, "member@acme.test")
    assert issued["expires_at"] > issued["created_at"]
    listed = data(get(cast.member, TOKENS))["items"][0]
    assert listed["id"] == issued["id"]
    assert "token" not in listed
    assert issued["token"] not in get(cast.owner, TOKENS).content.decode()
    assert get(None, "/me", **bearer(issued["token"])).status_code == 200


def test_create_bound_to_a_project(cast: Cast) -> None:
    issued = data(post(cast.member, TOKENS, {"name": "laptop", "project": "vision"}), 201)
    assert issued["project"] == "vision"
    me = data(get(None, "/me", **bearer(issued["token"])))
    assert [project["slug"] for project in me["projects"]] == ["vision"]


@pytest.mark.parametrize("project", ["secret", "nothing", "no slug"])
def test_create_bound_to_a_project_that_one_does_not_see(cast: Cast, project: str) -> None:
    answer = post(cast.member, TOKENS, {"name": "laptop", "project": project})
    assert refusal(answer) == (400, "no_such_project", "project")


def test_create_for_a_service_account(cast: Cast) -> None:
    account = cast.machine.account.pk
    issued = data(post(cast.admin, TOKENS, {"name": "ci", "service_account_id": account}), 201)
    assert issued["owner"] == {"kind": "service-account", "id": account, "label": "trainer"}
    assert refusal(post(cast.member, TOKENS, {"name": "ci", "service_account_id": account})) == (
        403,
        "permission_denied",
        None,
    )
    mine = post(cast.stranger, "/teams/rival/tokens", {"name": "ci", "service_account_id": account})
    assert refusal(mine) == (404, "not_found", None)


def test_create_refusals(cast: Cast) -> None:
    assert refusal(post(cast.member, TOKENS, {})) == (400, "invalid_input", "name")
    assert refusal(post(cast.member, TOKENS, {"name": "x", "scopes": []})) == (400, "no_scopes", "scopes")
    assert refusal(post(cast.member, TOKENS, {"name": "x", "expires_in_days": 0}))[2] == "expires_in_days"
    assert refusal(post(cast.stranger, TOKENS, {"name": "x"})) == (404, "not_found", None)
    assert refusal(post(cast.machine, TOKENS, {"name": "x"})) == (403, "permission_denied", None)


def test_create_hands_on_no_more_than_one_has(cast: Cast) -> None:
    text = data(post(cast.owner, TOKENS, {"name": "train", "scopes": ["read", "write"]}), 201)["token"]
    answer = call(None, "POST", TOKENS, {"name": "more", "scopes": ["admin"]}, **bearer(text))
    assert refusal(answer) == (403, "permission_denied", None)


def test_list_shows_ones_own_and_admins_all(cast: Cast) -> None:
    assert {token["owner"]["label"] for token in data(get(cast.member, TOKENS))["items"]} == {"member@acme.test"}
    everybody = data(get(cast.admin, TOKENS))["items"]
    assert {token["owner"]["label"].partition("@")[0] for token in everybody} == {
        "owner",
        "admin",
        "member",
        "viewer",
        "trainer",
    }
    assert everything(cast.admin, TOKENS, page_size=2) == everybody
    assert refusal(get(cast.stranger, TOKENS)) == (404, "not_found", None)


def test_revoke(cast: Cast) -> None:
    mine = data(get(cast.member, "/me"))["token"]["id"]
    owners = data(get(cast.owner, "/me"))["token"]["id"]
    assert refusal(delete(cast.member, f"{TOKENS}/{owners}")) == (404, "not_found", None)
    assert refusal(delete(cast.stranger, f"/teams/rival/tokens/{mine}")) == (404, "not_found", None)
    assert delete(cast.admin, f"{TOKENS}/{mine}").status_code == 204
    assert get(cast.member, at(cast.project)).status_code == 401
    assert mine not in {token["id"] for token in data(get(cast.admin, TOKENS))["items"]}
    assert ApiToken.objects.get(pk=mine).revoked_at is not None
