"""The pages of a team: projects, members, service accounts."""

from __future__ import annotations

import pytest

from apps.accounts.services import create_user
from apps.teams.models import Membership, ServiceAccount
from tests.factories.cast import Cast

PAGES = ["/acme", "/acme/members", "/acme/service-accounts", "/acme/tokens"]


@pytest.mark.parametrize("path", PAGES)
def test_members_see_it_and_strangers_see_nothing(cast: Cast, path: str) -> None:
    assert cast.owner.browser().get(path).status_code == 200
    assert cast.viewer.browser().get(path).status_code == 200
    stranger = cast.stranger.browser()
    absent = path.replace("acme", "nobody")
    assert stranger.get(path).status_code == 404
    assert stranger.get(path).content == stranger.get(absent).content
    assert cast.anonymous.get(path)["Location"].startswith("/accounts/sign-in")
    assert cast.anonymous.get(absent)["Location"].startswith("/accounts/sign-in")


def test_create_project_leads_to_it(cast: Cast) -> None:
    fields = {"slug": "speech", "name": "Speech", "visibility": "open"}
    assert cast.member.browser().post("/acme/projects/create", fields)["Location"] == "/acme/speech"


def test_a_viewer_creates_no_project(cast: Cast) -> None:
    browser = cast.viewer.browser()
    assert "New project" not in browser.get("/acme").content.decode()
    assert browser.post("/acme/projects/create", {"slug": "speech", "visibility": "open"}).status_code == 403


def test_create_project_says_at_the_field_what_is_wrong(cast: Cast) -> None:
    answer = cast.owner.browser().post("/acme/projects/create", {"slug": "vision", "visibility": "open"})
    assert answer.status_code == 400
    assert "has a project &#x27;vision&#x27; already" in answer.content.decode()


def test_add_an_existing_user(cast: Cast) -> None:
    user = create_user(email="grace@acme.test")
    answer = cast.admin.browser().post("/acme/members/add", {"email": "Grace@acme.test", "role": "member"}, follow=True)
    assert "grace@acme.test is a member now" in answer.content.decode()
    assert Membership.objects.get(user=user, team=cast.team).role == "member"


@pytest.mark.parametrize(
    ("email", "role", "message"),
    [
        ("unknown@acme.test", "member", "Nobody has an account"),
        ("viewer@acme.test", "member", "is a member already"),
        ("stranger@rival.test", "owner", "Only an owner"),
    ],
)
def test_add_member_refusals_stand_on_the_page(cast: Cast, email: str, role: str, message: str) -> None:
    answer = cast.admin.browser().post("/acme/members/add", {"email": email, "role": role})
    assert answer.status_code == 400
    assert message in answer.content.decode()


def test_change_a_role_and_remove_a_member(cast: Cast) -> None:
    browser, user = cast.owner.browser(), cast.viewer.user
    browser.post(f"/acme/members/{user.pk}/role", {"role": "admin"})
    assert Membership.objects.get(user=user).role == "admin"
    browser.post(f"/acme/members/{user.pk}/remove")
    assert not Membership.objects.filter(user=user).exists()
    assert cast.viewer.browser().get("/acme").status_code == 404


def test_members_change_nobody_and_may_leave(cast: Cast) -> None:
    browser, owner = cast.member.browser(), cast.owner.user
    assert browser.post(f"/acme/members/{owner.pk}/role", {"role": "viewer"}).status_code == 403
    assert browser.post(f"/acme/members/{owner.pk}/remove").status_code == 403
    assert browser.post("/acme/members/add", {"email": "x@x.test", "role": "viewer"}).status_code == 403
    assert browser.post(f"/acme/members/{cast.member.user.pk}/remove")["Location"] == "/"


def test_a_number_that_fits_no_row_is_not_found(cast: Cast) -> None:
    browser = cast.owner.browser()
    for path in ("members/{}/remove", "service-accounts/{}/deactivate", "tokens/{}/revoke"):
        for number in (10**30, 10**17):
            assert browser.post(f"/acme/{path.format(number)}").status_code == 404


def test_the_last_owner_stays(cast: Cast) -> None:
    browser, owner = cast.owner.browser(), cast.owner.user
    answer = browser.post(f"/acme/members/{owner.pk}/remove", follow=True)
    assert "notice-error" in answer.content.decode()
    assert Membership.objects.filter(user=owner).exists()


def test_service_accounts_come_and_go(cast: Cast) -> None:
    browser = cast.admin.browser()
    page = browser.post("/acme/service-accounts/create", {"name": "ci", "role": "member"}, follow=True)
    assert "ci is ready" in page.content.decode()
    account = ServiceAccount.objects.get(name="ci")
    browser.post(f"/acme/service-accounts/{account.pk}/deactivate")
    account.refresh_from_db()
    assert not account.is_active
    assert browser.post("/acme/service-accounts/create", {"name": "x", "role": "owner"}).status_code == 400
    assert cast.member.browser().post("/acme/service-accounts/create", {"name": "y"}).status_code == 403
