"""Webhooks, as a maintainer makes and follows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor, make_visitor
from tests.servers import live
from tests.servers.live import LiveRunfold
from tests.servers.plugin import database_kind
from tests.servers.receiver import Receiver
from tests.servers.receiver import receiver as listening
from tests.servers.session import Session

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver."""
    with listening(tmp_path_factory.mktemp("receiver")) as made:
        yield made


@pytest.fixture(scope="module")
def live_worker(server_session: Session, to: Receiver) -> LiveRunfold:
    """A Runfold with its workers that believes the receiver's certificate."""
    home = to.ca_file.parent / "runfold"
    home.mkdir()
    quick = {"RUNFOLD_JOB_RETRY_SECONDS": "1", "RUNFOLD_JOB_SWEEP_SECONDS": "1"}
    trusting = {"RUNFOLD_WEBHOOKS_CA_FILE": str(to.ca_file)}
    runfold = live.start(server_session, home, database_kind(), settings=quick | trusting)
    live.start_worker(server_session, runfold)
    live.start_jobs_worker(server_session, runfold)
    return runfold


@pytest.fixture(scope="module")
def visitor(live_worker: LiveRunfold) -> Visitor:
    """Somebody with a project of their own."""
    return make_visitor(live_worker)


def open_form(page: Page) -> None:
    """The form is folded away where there are webhooks already."""
    page.locator("details.panel").evaluate("panel => { panel.open = true }")


def test_a_webhook_is_made_tried_followed_and_deleted(page: Page, visitor: Visitor, to: Receiver) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{visitor.project_url}/settings")
    page.get_by_role("link", name="Webhooks").click()
    open_form(page)
    page.get_by_label("Name").fill("deploy")
    page.get_by_label("URL").fill(to.url())
    page.get_by_label("A run finished").check()
    page.get_by_role("button", name="Create webhook").click()
    secret = page.locator("#new-secret").inner_text()
    assert re.fullmatch(r"whsec_[\w-]+", secret)
    page.get_by_role("button", name="Copy secret").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived: the receiver answered 204.")).to_be_visible()
    expect(page.locator("#new-secret")).to_have_count(0)
    assert to.received[-1].is_signed_with(secret)
    run_id = visitor.log_run("fine", values={"loss": [1.0]})
    to.statuses.append(503)
    visitor.end_run(run_id)
    page.reload()
    newest = page.get_by_role("row", name="run.finished").first
    # Asked for again every few seconds, without a reload.
    expect(newest.get_by_text("Delivered")).to_be_visible(timeout=60_000)
    expect(newest).to_contain_text("204")
    assert to.received[-1].message["data"]["run_id"] == run_id
    newest.get_by_role("button", name="Redeliver").click()
    expect(page.get_by_text("It is on its way again.")).to_be_visible()
    to.wait_for(4)
    page.get_by_role("button", name="New secret").click()
    assert page.locator("#new-secret").inner_text() != secret
    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("disabled", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The webhook is deleted.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_in_both_schemes(
    page: Page, visitor: Visitor, to: Receiver, tmp_path: Path, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{visitor.project_url}/settings/webhooks")
    open_form(page)
    page.get_by_label("Name").fill(f"hook-{scheme}-{width}")
    page.get_by_label("URL").fill(to.url("/a-rather-long-path/that-goes-on/and-on"))
    page.get_by_label("A run finished").check()
    page.get_by_label("A version's stage changed").check()
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("#new-secret")).to_be_visible()
    page.screenshot(path=tmp_path / "secret.png", full_page=True)
    to.statuses += [204, 500]
    for _ in range(2):
        page.get_by_role("button", name="Send a test").click()
    page.screenshot(path=tmp_path / "webhook.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(f"{visitor.project_url}/settings/webhooks")
    page.screenshot(path=tmp_path / "webhooks.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
