"""From sign-in to a first run, as a newcomer goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor, make_visitor
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.browser


def test_a_token_is_made_in_the_browser_and_logs_a_run_that_is_seen(
    browser_page: Page, live_runfold: LiveRunfold
) -> None:
    page, visitor = browser_page, make_visitor(live_runfold)
    visitor.sign_in(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(visitor.project_url)
    expect(page.get_by_text("no run has arrived yet")).to_be_visible()
    page.get_by_role("link", name="Create one for this project").click()
    page.get_by_label("Name").fill("my laptop")
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("button", name="Copy token").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    token = page.evaluate("navigator.clipboard.readText()")
    assert token == page.locator("#new-token").text_content()

    Visitor(visitor.runfold, visitor.email, visitor.team, token).log_run("first-try", values={"loss": [3, 2, 1]})
    page.goto(visitor.project_url)
    page.get_by_role("link", name="first-try").click()
    expect(page.get_by_role("heading", name="first-try")).to_be_visible()


def test_the_link_that_the_stock_client_prints_arrives_at_the_run(page: Page, visitor: Visitor) -> None:
    run_id = visitor.log_run("linked", values={})
    page.goto(f"{visitor.project_url}/#/experiments/0/runs/{run_id}")
    page.wait_for_url(f"{visitor.project_url}/runs/{run_id}")
    page.goto(f"{visitor.project_url}/#/experiments/0")
    page.wait_for_url(f"{visitor.project_url}/experiments/0")


def test_sign_in_leads_on_to_where_a_link_pointed(browser_page: Page, visitor: Visitor) -> None:
    browser_page.goto(f"{visitor.project_url}/#/experiments/0")
    following = browser_page.locator("input[name=next]")
    expect(following).to_have_value(f"/{visitor.team}/vision/#/experiments/0")


def test_the_theme_is_kept(page: Page, visitor: Visitor) -> None:
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Use the dark theme").click()
    page.goto(visitor.project_url)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()


def test_another_team_is_not_there(page: Page, visitor: Visitor) -> None:
    other = make_visitor(visitor.runfold)
    answer = page.request.get(other.project_url)
    assert answer.status == 404
    assert other.team not in answer.text()


def test_sign_out(page: Page, visitor: Visitor) -> None:
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/sign-in")
    page.goto(visitor.project_url)
    expect(page.get_by_role("heading", name="Sign in to Runfold")).to_be_visible()
