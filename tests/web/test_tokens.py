"""Tokens are made, shown once, listed and revoked in the browser."""

from __future__ import annotations

import re

import pytest

from apps.teams.models import ApiToken
from tests.budgets import Budget
from tests.factories.cast import Cast, bearer, make_machine

FORM = {"name": "gpu box", "scopes": ["read", "write"], "life": "30", "project": "vision"}


def test_a_new_token_works_and_is_shown_once(cast: Cast) -> None:
    browser = cast.member.browser()
    answer = browser.post("/acme/tokens/create", FORM)
    page = answer.content.decode()
    found = re.search(r'id="new-token">(rf_\w+_[\w-]+)<', page)
    assert found
    assert f"export MLFLOW_TRACKING_TOKEN={found[1]}" in page
    assert "no-store" in answer["Cache-Control"]
    assert found[1] not in browser.get("/acme/tokens").content.decode()
    search = browser.post(
        "/acme/vision/api/2.0/mlflow/experiments/search",
        {"max_results": 5},
        content_type="application/json",
        headers=bearer(found[1]),
    )
    assert search.status_code == 200


def test_the_form_decides_scopes_project_and_expiry(cast: Cast) -> None:
    cast.member.browser().post("/acme/tokens/create", FORM)
    token = ApiToken.objects.get(name="gpu box")
    assert (token.scopes, token.project, token.user) == ("read,write", cast.project, cast.member.user)
    assert token.expires_at is not None
    cast.member.browser().post("/acme/tokens/create", FORM | {"name": "for ever", "life": "", "project": ""})
    token = ApiToken.objects.get(name="for ever")
    assert (token.project, token.expires_at) == (None, None)


def test_a_link_chooses_the_project(cast: Cast) -> None:
    page = cast.member.browser().get("/acme/tokens?project=vision").content.decode()
    assert '<option value="vision" selected>' in page


@pytest.mark.parametrize(
    ("field", "wrong"), [("name", ""), ("scopes", []), ("project", "secret"), ("life", "31"), ("owner", "1")]
)
def test_wrong_input_stands_on_the_page(cast: Cast, field: str, wrong: object) -> None:
    answer = cast.member.browser().post("/acme/tokens/create", FORM | {field: wrong})
    assert answer.status_code == 400
    assert "rf_" not in re.sub(r"rf_\w+_…", "", answer.content.decode())


def test_an_admin_makes_tokens_for_service_accounts(cast: Cast) -> None:
    account = cast.machine.account
    assert f"{account.name} (service account)" in cast.admin.browser().get("/acme/tokens").content.decode()
    cast.admin.browser().post("/acme/tokens/create", FORM | {"owner": str(account.pk)})
    assert ApiToken.objects.get(name="gpu box").service_account == account


def test_the_list_is_ones_own_and_an_admins_is_the_teams(cast: Cast) -> None:
    cast.member.browser().post("/acme/tokens/create", FORM)
    assert "gpu box" in cast.admin.browser().get("/acme/tokens").content.decode()
    assert "gpu box" not in cast.viewer.browser().get("/acme/tokens").content.decode()


def test_revoke_ends_it_at_once(cast: Cast) -> None:
    token = ApiToken.objects.get(user=cast.member.user)
    browser, path = cast.member.browser(), "/acme/vision/api/2.0/mlflow/experiments/search?max_results=5"
    assert browser.get(path, headers=cast.member.headers).status_code == 200
    assert browser.post(f"/acme/tokens/{token.pk}/revoke")["Location"] == "/acme/tokens"
    assert browser.get(path, headers=cast.member.headers).status_code == 401


def test_nobody_revokes_anothers(cast: Cast) -> None:
    token = ApiToken.objects.get(user=cast.owner.user)
    assert cast.member.browser().post(f"/acme/tokens/{token.pk}/revoke").status_code == 404
    assert cast.stranger.browser().post(f"/rival/tokens/{token.pk}/revoke").status_code == 404
    assert cast.member.browser().post(f"/acme/tokens/{10**30}/revoke").status_code == 404


def test_tokens_statements_do_not_grow_with_tokens(cast: Cast, query_budget: Budget) -> None:
    for number in range(3):
        make_machine(cast.project, name=f"machine-{number}")
    browser = cast.owner.browser()
    with query_budget("page/tokens"):
        browser.get("/acme/tokens")
