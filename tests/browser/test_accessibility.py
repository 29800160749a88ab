"""What axe-core finds wrong on each page, in both themes: nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import Visitor
from tests.servers.fixtures import unavailable

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "axe.run().then(found => found.violations.map(v => `${v.id}: ${v.nodes[0].html}`))"


@pytest.fixture(scope="module")
def addresses(visitor: Visitor) -> list[str]:
    run_id = visitor.log_run("seen", values={"loss": [3, 2, 1]}, params={"depth": "3"})
    team, project = f"{visitor.runfold.url}/{visitor.team}", visitor.project_url
    below_team = ["", "/members", "/service-accounts", "/tokens"]
    below_project = ["", "/connect", "/jobs", "/settings", "/experiments/0", "/experiments/0/curves", f"/runs/{run_id}"]
    return [visitor.runfold.url, *(team + part for part in below_team), *(project + part for part in below_project)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_violations(page: Page, addresses: list[str], theme: Literal["light", "dark"]) -> None:
    if not AXE.exists():
        unavailable("This needs axe-core: npm ci in the repository.")
    page.emulate_media(color_scheme=theme)
    found = []
    for address in addresses:
        page.goto(address)
        page.evaluate(AXE.read_text())
        found += [f"{address} {violation}" for violation in page.evaluate(RUN_AXE)]
    assert not found, "\n".join(found)
