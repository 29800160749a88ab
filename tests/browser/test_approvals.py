"""Approvals in a browser: a rule is made, approval asked for, given by somebody else, and everything can be read later."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.registered import NAME, register_models
from tests.browser.test_accessibility import AXE, RUN_AXE
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
# Of the same past, with one version.
OTHER = "released"


@pytest.fixture(scope="module")
def other_token(visitor: Visitor) -> str:
    """A token of another maintainer of the project, where the models are."""
    register_models(visitor)
    email = f"other-{secrets.token_hex(4)}@example.test"
    visitor.runfold.command("create_user", email)
    visitor.runfold.command("add_member", visitor.team, email, "--role", "admin")
    made = visitor.runfold.command("create_token", visitor.team, "--user", email, "--scopes", "admin")
    return str(made["token"])


@pytest.fixture(scope="module")
def approved(visitor: Visitor, other_token: str) -> str:
    """The path of the page of a model with a rule of each kind, and with a request that waits for the visitor."""
    native(
        visitor,
        other_token,
        "approval-rules",
        alias="champion",
        approvals_needed=1,
        metric="rmse",
        metric_comparison="<=",
    )
    made = native(visitor, other_token, "approval-requests", version=1, alias="champion", comment="For the *nights*.")
    return f"{visitor.project_url}/approvals/{made['request_id']}"


def native(visitor: Visitor, token: str, path: str, **body: object) -> dict[str, object]:
    team = visitor.project_url.split("/")[-2]
    answer = requests.post(
        f"{visitor.runfold.url}/api/v1/projects/{team}/vision/registered-models/{NAME}/{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.ok, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_rule_is_made_and_a_version_asked_for_by_keyboard(page: Page, visitor: Visitor, other_token: str) -> None:
    page.goto(f"{visitor.project_url}/models/{OTHER}")
    page.get_by_role("link", name="Approvals", exact=True).click()
    expect(page.get_by_text("No rules")).to_be_visible()
    page.get_by_label("Stage", exact=True).select_option(label="Production")
    page.get_by_label("Approvals needed").fill("1")
    page.get_by_label("Metric").fill("rmse")
    page.get_by_label("Has to be").select_option(label="≤ the champion's: less is better")
    page.get_by_label("Signature as the champion's").check()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Make rule").press("Enter")
    expect(page.get_by_role("row", name="Production")).to_contain_text("1 approval by maintainers, rmse <= champion's")
    page.get_by_role("link", name="Change the rule for Production").click()
    expect(page.get_by_label("Metric")).to_have_value("rmse")
    page.get_by_label("Approvals needed").fill("2")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("row", name="Production")).to_contain_text("2 approvals by maintainers")
    page.goto(f"{visitor.project_url}/models/{OTHER}/versions/1")
    expect(page.get_by_label("Stage", exact=True).get_by_role("option", name="Production")).to_have_count(0)
    page.get_by_label("Where to").select_option(label="Production: 2 approvals by maintainers")
    page.get_by_label("Why").fill("Half a minute better.")
    page.get_by_role("button", name="Ask for approval").press("Enter")
    expect(page.get_by_role("row", name="rmse <= champion's")).to_contain_text("passed")
    expect(page.get_by_text("nobody approves a request of their own")).to_be_visible()
    page.get_by_role("button", name="Withdraw request").click()
    expect(page.get_by_text("The request is withdrawn.")).to_be_visible()


def test_a_request_of_somebody_else_is_found_read_and_approved(page: Page, visitor: Visitor, approved: str) -> None:
    page.goto(f"{visitor.project_url}/models")
    page.get_by_role("link", name="Requests for approval").click()
    page.get_by_role("link", name=f"{NAME}, version 1 to @champion").click()
    assert page.url == approved
    expect(page.get_by_text("For the *nights*.")).to_be_visible()
    page.get_by_label("Comment").fill("Agreed.")
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.get_by_text("Approved: the version has moved.")).to_be_visible()
    page.goto(f"{visitor.project_url}/models/{NAME}/versions/1")
    expect(page.get_by_text("@champion").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_and_have_no_violations(
    page: Page, visitor: Visitor, approved: str, tmp_path: Path, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    for name, address in {
        "approvals": f"{visitor.project_url}/models/{NAME}/approvals",
        "request": approved,
        "open": f"{visitor.project_url}/approvals",
        "version": f"{visitor.project_url}/models/{NAME}/versions/2",
        "model": f"{visitor.project_url}/models/{NAME}",
    }.items():
        page.goto(address)
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        if AXE.exists():
            page.evaluate(AXE.read_text())
            assert page.evaluate(RUN_AXE) == [], address
