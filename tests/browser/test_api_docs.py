"""The documentation of the native API: drawn under the policy of every page, and tried from there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.browser


def test_docs_are_drawn_for_everybody(browser_page: Page, live_runfold: LiveRunfold) -> None:
    browser_page.goto(f"{live_runfold.url}/api/v1/docs")
    route = browser_page.locator("#operations-runs-getRun")
    route.get_by_role("button").first.click()
    expect(route.get_by_text("project:read")).to_be_visible()
    expect(route.get_by_text("404")).to_be_visible()


def test_docs_send_requests_in_the_name_of_the_session(page: Page, visitor: Visitor) -> None:
    page.goto(f"{visitor.runfold.url}/api/v1/docs")
    route = page.locator("#operations-teams-createTeam")
    route.get_by_role("button").first.click()
    route.get_by_role("button", name="Try it out").click()
    route.get_by_role("textbox").last.fill(f'{{"slug": "{visitor.team}-two"}}')
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table .response-col_status").get_by_text("201")).to_be_visible()
