"""Who may come in: tokens, sessions with their CSRF token, and nobody else; said before anything about tenants."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.teams.permissions import Scope
from apps.teams.services import create_token, deactivate_service_account, revoke_token
from tests.api.native.http import Answer, at, call, data, delete, get, patch, post, refusal
from tests.factories.cast import Cast, bearer


def patch_by(header: dict[str, str], path: str, body: Any) -> Answer:
    return call(None, "PATCH", path, body, **header)


ROUTES = ["/me", "/teams", "/teams/acme", "/teams/nowhere", "/projects/acme/vision", "/projects/no/where", "/runs/none"]


@pytest.mark.parametrize("path", ROUTES)
def test_anonymous_is_told_so_and_nothing_else(cast: Cast, path: str) -> None:
    answer = get(None, path)
    assert refusal(answer) == (401, "no_credential", None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ROUTES)
def test_bad_token_is_told_so_and_nothing_else(cast: Cast, path: str) -> None:
    assert refusal(get(None, path, Authorization="Bearer rf_000000000000_wrong")) == (401, "invalid_token", None)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic !!!", "Digest x", "Bearer nonsense", ""])
def test_malformed_header_is_401_not_an_error(cast: Cast, header: str) -> None:
    assert get(None, "/me", Authorization=header).status_code == 401


def test_no_statement_reads_a_tenant_for_the_anonymous(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        get(None, "/projects/acme/vision")
    assert not captured.captured_queries


def test_token_as_password_of_basic(cast: Cast) -> None:
    header = "Basic " + base64.b64encode(f"whoever:{cast.owner.token}".encode()).decode()
    assert data(get(None, "/me", Authorization=header))["actor"]["label"] == "owner@acme.test"


def test_session_reads_without_more(cast: Cast) -> None:
    assert data(cast.owner.browser().get("/api/v1/me"))["token"] is None


def test_session_writes_with_a_csrf_token_only(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner.user)
    body = {"name": "Acme Research"}
    refused = client.patch("/api/v1/teams/acme", body, content_type="application/json")
    assert refusal(refused) == (403, "csrf_failed", None)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.patch(
        "/api/v1/teams/acme", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert data(answer)["name"] == "Acme Research"


def test_token_needs_no_csrf_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.patch(
        "/api/v1/teams/acme", {"name": "New"}, content_type="application/json", headers=cast.owner.headers
    )
    assert data(answer)["name"] == "New"


def test_session_does_not_stand_in_for_a_bad_token(cast: Cast) -> None:
    answer = cast.owner.browser().get("/api/v1/me", headers={"Authorization": "Bearer rf_000000000000_wrong"})
    assert refusal(answer) == (401, "invalid_token", None)


def test_closed_account_is_out_by_session_and_token(cast: Cast) -> None:
    browser = cast.member.browser()
    cast.member.user.is_active = False
    cast.member.user.save()
    assert browser.get("/api/v1/me").status_code == 401
    assert get(cast.member, "/me").status_code == 401


def test_revoked_token_is_out_at_once(cast: Cast) -> None:
    path = at(cast.project)
    data(get(cast.machine, path))
    token_id = data(get(cast.machine, "/me"))["token"]["id"]
    revoke_token(cast.owner.team_access(), token_id=token_id)
    assert refusal(get(cast.machine, path)) == (401, "invalid_token", None)


def test_deactivated_service_account_is_out_at_once(cast: Cast) -> None:
    data(get(cast.machine, at(cast.project)))
    deactivate_service_account(cast.owner.team_access(), service_account_id=cast.machine.account.pk)
    assert get(cast.machine, at(cast.project)).status_code == 401


def test_expired_token_is_out(cast: Cast) -> None:
    issued = create_token(cast.owner.team_access(), name="short", life=timedelta(days=1))
    issued.token.expires_at = issued.token.created_at
    issued.token.save()
    assert get(None, "/me", Authorization=f"Bearer {issued.text}").status_code == 401


def test_read_scope_reads_and_writes_nothing(cast: Cast) -> None:
    text = create_token(cast.owner.team_access(), name="reader", scopes=[Scope.READ]).text
    header = {"Authorization": f"Bearer {text}"}
    assert get(None, at(cast.project), **header).status_code == 200
    assert refusal(post(None, f"{at(cast.project)}/experiments", {"name": "x"}, **header))[:2] == (
        403,
        "permission_denied",
    )
    assert post(None, "/teams/acme/members", {"email": "x@x.test"}, **header).status_code == 403


def test_token_reaches_its_own_team_alone(cast: Cast) -> None:
    assert refusal(get(cast.stranger, "/teams/acme")) == refusal(get(cast.stranger, "/teams/nowhere"))
    assert get(cast.stranger, "/teams/acme").content == get(cast.stranger, "/teams/nowhere").content


def test_project_token_reaches_its_project_alone(cast: Cast) -> None:
    assert get(cast.machine, at(cast.project)).status_code == 200
    assert get(cast.machine, at(cast.restricted)).status_code == 404


def test_project_token_of_an_owner_changes_nothing_in_the_team(cast: Cast) -> None:
    body = {"name": "bound", "scopes": ["admin"], "project": "vision"}
    header = bearer(data(post(cast.owner, "/teams/acme/tokens", body), 201)["token"])
    assert patch_by(header, f"/teams/acme/members/{cast.viewer.user.pk}", {"role": "admin"}).status_code == 403
    assert post(None, "/teams/acme/projects", {"slug": "other"}, **header).status_code == 403
    assert post(None, "/teams/acme/tokens", {"name": "free", "scopes": ["admin"]}, **header).status_code == 403
    assert get(None, "/teams/acme/audit", **header).status_code == 403
    assert patch_by(header, at(cast.project), {"name": "Vision"}).status_code == 200
    assert not cast.team.projects.filter(slug="other").exists()


def test_change_of_role_counts_at_once(cast: Cast) -> None:
    path = f"{at(cast.project)}/experiments"
    data(post(cast.member, path, {"name": "before"}), 201)
    data(patch(cast.owner, f"/teams/acme/members/{cast.member.user.pk}", {"role": "viewer"}))
    assert post(cast.member, path, {"name": "after"}).status_code == 403


def test_removed_member_is_out_at_once(cast: Cast) -> None:
    browser = cast.member.browser()
    data(browser.get(f"/api/v1{at(cast.project)}"))
    data(get(cast.member, at(cast.project)))
    assert delete(cast.owner, f"/teams/acme/members/{cast.member.user.pk}").status_code == 204
    assert browser.get(f"/api/v1{at(cast.project)}").status_code == 404
    assert get(cast.member, at(cast.project)).status_code == 401


def test_answers_are_kept_by_no_cache(cast: Cast) -> None:
    answer = get(cast.owner, "/me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
