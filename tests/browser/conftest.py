from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import Visitor, make_visitor
from tests.servers.live import LiveRunfold


@pytest.fixture(scope="module")
def visitor(live_runfold: LiveRunfold) -> Visitor:
    """Somebody with a project of their own."""
    return make_visitor(live_runfold)


@pytest.fixture
def page(visitor: Visitor, browser_page: Page) -> Page:
    """A browser in which the visitor is signed in; errors in its console and CSP violations fail the test."""
    visitor.sign_in(browser_page)
    return browser_page
