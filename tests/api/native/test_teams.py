"""/teams, their members and service accounts."""

from __future__ import annotations

import pytest

from apps.accounts.services import create_user
from apps.audit.models import AuditEvent
from apps.teams.models import Membership, Team
from tests.api.native.http import call, data, delete, everything, get, patch, post, refusal
from tests.factories.cast import Cast

ACME = "/teams/acme"
MEMBERS = f"{ACME}/members"
ACCOUNTS = f"{ACME}/service-accounts"


def test_list_shows_ones_own_teams(cast: Cast) -> None:
    page = data(get(cast.owner, "/teams"))
    assert [(team["slug"], team["name"], team["role"]) for team in page["items"]] == [("acme", "Acme", "owner")]
    assert page["next_page_token"] is None
    assert [team["slug"] for team in data(get(cast.stranger, "/teams"))["items"]] == ["rival"]


def test_create_in_a_session_makes_an_owner(cast: Cast) -> None:
    answer = cast.viewer.browser().post(
        "/api/v1/teams", {"slug": "newcomers", "name": "New"}, content_type="application/json"
    )
    assert data(answer, 201) | {"created_at": ""} == {
        "slug": "newcomers",
        "name": "New",
        "role": "owner",
        "created_at": "",
    }


def test_create_by_token_is_refused(cast: Cast) -> None:
    assert refusal(post(cast.owner, "/teams", {"slug": "newcomers"})) == (403, "session_needed", None)
    assert not Team.objects.filter(slug="newcomers").exists()


@pytest.mark.parametrize(
    ("slug", "status", "code"),
    [("acme", 409, "team_exists"), ("admin", 400, "reserved_slug"), ("No!", 400, "invalid_slug")],
)
def test_create_refusals(cast: Cast, slug: str, status: int, code: str) -> None:
    answer = cast.owner.browser().post("/api/v1/teams", {"slug": slug}, content_type="application/json")
    assert refusal(answer) == (status, code, "slug")


def test_get_says_ones_role(cast: Cast) -> None:
    assert data(get(cast.viewer, ACME))["role"] == "viewer"


def test_get_strangers_see_nothing(cast: Cast) -> None:
    assert get(cast.stranger, ACME).content == get(cast.stranger, "/teams/nowhere").content
    assert refusal(get(cast.stranger, ACME)) == (404, "not_found", None)


def test_rename(cast: Cast) -> None:
    assert data(patch(cast.admin, ACME, {"name": "Acme Research"}))["name"] == "Acme Research"
    assert refusal(patch(cast.member, ACME, {"name": "Mine"})) == (403, "permission_denied", None)
    assert refusal(patch(cast.stranger, ACME, {"name": "Mine"})) == (404, "not_found", None)


def test_members_are_shown_to_members(cast: Cast) -> None:
    members = data(get(cast.viewer, MEMBERS))["items"]
    assert [(m["email"].partition("@")[0], m["role"]) for m in members] == [
        ("admin", "admin"),
        ("member", "member"),
        ("owner", "owner"),
        ("viewer", "viewer"),
    ]
    assert refusal(get(cast.stranger, MEMBERS)) == (404, "not_found", None)


def test_members_come_in_pages(cast: Cast) -> None:
    whole = data(get(cast.owner, MEMBERS))["items"]
    for size in (1, 2, 3, 4):
        assert everything(cast.owner, MEMBERS, page_size=size) == whole


def test_page_token_of_another_list_is_refused(cast: Cast) -> None:
    token = data(get(cast.owner, f"{MEMBERS}?page_size=1"))["next_page_token"]
    assert refusal(get(cast.owner, f"{ACCOUNTS}?page_token={token}")) == (400, "invalid_page_token", "page_token")
    assert refusal(get(cast.stranger, f"/teams/rival/members?page_token={token}"))[0] == 400


def test_add_member(cast: Cast) -> None:
    create_user(email="ada@acme.test", name="Ada")
    member = data(post(cast.admin, MEMBERS, {"email": "Ada@acme.test", "role": "viewer"}), 201)
    assert (member["email"], member["name"], member["role"]) == ("ada@acme.test", "Ada", "viewer")
    assert AuditEvent.objects.filter(action="member.add", object_label="ada@acme.test", token_id__isnull=False).exists()


def test_add_member_refusals(cast: Cast) -> None:
    create_user(email="ada@acme.test")
    assert refusal(post(cast.admin, MEMBERS, {"email": "nobody@acme.test"})) == (400, "no_such_user", "email")
    assert refusal(post(cast.admin, MEMBERS, {"email": "no address"})) == (400, "invalid_input", "email")
    assert refusal(post(cast.admin, MEMBERS, {"email": "viewer@acme.test"})) == (409, "already_member", "email")
    owner = {"email": "ada@acme.test", "role": "owner"}
    assert refusal(post(cast.admin, MEMBERS, owner)) == (403, "owners_only", None)
    assert refusal(post(cast.member, MEMBERS, {"email": "ada@acme.test"})) == (403, "permission_denied", None)
    assert refusal(post(cast.stranger, MEMBERS, {"email": "ada@acme.test"})) == (404, "not_found", None)
    assert not Membership.objects.filter(user__email="ada@acme.test").exists()


def test_change_role(cast: Cast) -> None:
    path = f"{MEMBERS}/{cast.viewer.user.pk}"
    assert data(patch(cast.admin, path, {"role": "member"}))["role"] == "member"
    assert refusal(patch(cast.viewer, path, {"role": "admin"})) == (403, "permission_denied", None)
    assert refusal(patch(cast.owner, f"{MEMBERS}/{cast.owner.user.pk}", {"role": "member"}))[:2] == (409, "last_owner")
    assert refusal(patch(cast.owner, f"{MEMBERS}/{cast.stranger.user.pk}", {"role": "member"}))[0] == 404
    assert refusal(patch(cast.owner, f"{MEMBERS}/{10**30}", {"role": "member"}))[0] == 404


def test_remove_member(cast: Cast) -> None:
    path = f"{MEMBERS}/{cast.viewer.user.pk}"
    assert refusal(delete(cast.member, path)) == (403, "permission_denied", None)
    assert delete(cast.admin, path).status_code == 204
    assert refusal(delete(cast.admin, path)) == (404, "not_found", None)
    assert get(cast.viewer, ACME).status_code == 401


def test_everybody_may_leave(cast: Cast) -> None:
    assert delete(cast.viewer, f"{MEMBERS}/{cast.viewer.user.pk}").status_code == 204
    assert refusal(delete(cast.owner, f"{MEMBERS}/{cast.owner.user.pk}"))[:2] == (409, "last_owner")


def test_no_lesser_token_ends_a_membership(cast: Cast) -> None:
    issued = data(post(cast.viewer, f"{ACME}/tokens", {"name": "train", "scopes": ["read", "write"]}), 201)
    header = {"Authorization": f"Bearer {issued['token']}"}
    assert get(None, ACME, **header).status_code == 200
    assert call(None, "DELETE", f"{MEMBERS}/{cast.viewer.user.pk}", **header).status_code == 403


def test_service_accounts(cast: Cast) -> None:
    made = data(post(cast.admin, ACCOUNTS, {"name": "ci", "role": "viewer"}), 201)
    assert (made["name"], made["role"]) == ("ci", "viewer")
    assert [account["name"] for account in data(get(cast.viewer, ACCOUNTS))["items"]] == ["ci", "trainer"]
    assert everything(cast.viewer, ACCOUNTS, page_size=1) == data(get(cast.viewer, ACCOUNTS))["items"]
    assert delete(cast.admin, f"{ACCOUNTS}/{made['id']}").status_code == 204
    assert [account["name"] for account in data(get(cast.viewer, ACCOUNTS))["items"]] == ["trainer"]


def test_service_account_refusals(cast: Cast) -> None:
    assert refusal(post(cast.owner, ACCOUNTS, {"name": "trainer"})) == (409, "service_account_exists", "name")
    assert refusal(post(cast.owner, ACCOUNTS, {"name": "ci", "role": "owner"})) == (400, "invalid_input", "role")
    assert refusal(post(cast.member, ACCOUNTS, {"name": "ci"})) == (403, "permission_denied", None)
    assert refusal(post(cast.stranger, ACCOUNTS, {"name": "ci"})) == (404, "not_found", None)
    mine = f"/teams/rival/service-accounts/{cast.machine.account.pk}"
    assert refusal(delete(cast.stranger, mine)) == (404, "not_found", None)
    assert refusal(delete(cast.member, f"{ACCOUNTS}/{cast.machine.account.pk}")) == (403, "permission_denied", None)


def test_audit_is_for_admins(cast: Cast) -> None:
    path = f"{ACME}/audit"
    patch(cast.owner, ACME, {"name": "Acme Research"})
    newest = data(get(cast.admin, path))["items"][0]
    assert newest["action"] == "team.rename"
    assert newest["actor"] == {"kind": "user", "id": cast.owner.user.pk, "label": "owner@acme.test"}
    assert newest["object"]["kind"] == "team"
    assert (newest["before"], newest["after"]) == ({"name": "Acme"}, {"name": "Acme Research"})
    assert newest["address"] == "127.0.0.1"
    assert refusal(get(cast.member, path)) == (403, "permission_denied", None)
    assert refusal(get(cast.stranger, path)) == (404, "not_found", None)


def test_audit_comes_in_pages_newest_first(cast: Cast) -> None:
    path = f"{ACME}/audit"
    whole = data(get(cast.owner, path))["items"]
    ids = [event["id"] for event in whole]
    assert ids == sorted(ids, reverse=True)
    assert everything(cast.owner, path, page_size=2) == whole
    assert not any("rival" in event["object"]["label"] for event in whole)
