"""Models and versions in a browser: read, described, tagged, compared, and followed to where they came from."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.registered import NAME, Registered, register_models
from tests.browser.test_accessibility import AXE, RUN_AXE
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def registered(visitor: Visitor) -> Registered:
    """Somebody's models."""
    return register_models(visitor)


@pytest.fixture
def models(visitor: Visitor, registered: Registered) -> str:
    """The address of the model's page."""
    return f"{visitor.project_url}/models/{NAME}"


def test_the_lineage_of_a_version_leads_through_it_by_keyboard(page: Page, models: str, registered: Registered) -> None:
    page.goto(f"{models}/versions/2")
    drawing = page.locator("svg.lineage")
    for words in ("yellow-taxis (2f9a11c0)", "xgboost-base", "xgboost-tuned", "released, version 1", "@champion"):
        expect(drawing.get_by_role("link", name=words)).to_be_visible()
    drawing.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="yellow-taxis (2f9a11c0)")).to_be_visible()
    expect(drawing.get_by_role("link", name=f"{NAME}, version 1")).to_be_visible()
    page.locator("svg.lineage").get_by_role("link", name="base, all of May").click()
    assert page.url.endswith(registered.base_run)
    page.get_by_role("link", name="Models", exact=True).last.click()
    page.get_by_text("Lineage as a list").click()
    sentences = page.locator("#lineage li")
    expect(sentences.filter(has_text="xgboost-base was registered as")).to_contain_text(f"{NAME}, version 1")
    expect(sentences.filter(has_text="was used by").first).to_contain_text("(training)")


def test_two_versions_are_chosen_and_compared(page: Page, models: str) -> None:
    page.goto(models)
    page.get_by_role("button", name="Compare A and B").click()
    expect(page.get_by_role("heading", name=f"{NAME}, versions 1 and 2")).to_be_visible()
    row = page.get_by_role("row", name="depth")
    expect(row).to_contain_text("differs")
    expect(page.get_by_role("row", name="MLmodel")).to_contain_text("same")
    expect(page.get_by_role("row", name="model.ubj")).to_contain_text("changed")
    page.get_by_label("Only differences").check()
    page.get_by_label("A", exact=True).select_option(label="version 2")
    page.get_by_label("B", exact=True).select_option(label="version 1")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name=f"{NAME}, versions 2 and 1")).to_be_visible()
    expect(page.get_by_role("row", name="MLmodel")).to_have_count(0)
    expect(page.get_by_role("row", name="only/xgboost-tuned")).to_contain_text("only in A")


def test_descriptions_and_tags_are_changed_on_the_page(page: Page, models: str) -> None:
    page.goto(f"{models}/versions/1")
    page.get_by_text("Edit description").click()
    source = page.get_by_label("Description")
    expect(source).to_have_value("The first one.")
    source.fill("**Bold** and <i>plain</i>")
    page.get_by_role("button", name="Save description").click()
    expect(page.locator(".prose strong")).to_have_text("Bold")
    expect(page.locator(".prose")).to_have_text("Bold and <i>plain</i>")
    page.get_by_text("Set a tag").click()
    page.get_by_label("Key").fill("owner team")
    page.get_by_label("Value").fill("mobility")
    page.get_by_role("button", name="Save tag").click()
    tags = page.get_by_role("list", name="Tags")
    expect(tags).to_contain_text("mobility")
    page.get_by_role("link", name="Change owner team").click()
    expect(page.get_by_label("Value")).to_have_value("mobility")
    page.get_by_label("Value").fill("taxis")
    page.get_by_role("button", name="Save tag").click()
    expect(tags).to_contain_text("taxis")
    page.get_by_role("button", name="Remove owner team").click()
    expect(page.get_by_text("No tags were set.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_and_have_no_violations(
    page: Page, visitor: Visitor, models: str, registered: Registered, tmp_path: Path, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    dataset = "lineage?dataset_name=yellow-taxis&dataset_digest=2f9a11c0"
    for name, address in {
        "model": models,
        "version": f"{models}/versions/2",
        "compare": f"{models}/compare?a=1&b=2",
        "lineage": f"{visitor.project_url}/{dataset}",
        "run": f"{visitor.project_url}/runs/{registered.tuner_run}/models",
    }.items():
        page.goto(address)
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        if AXE.exists():
            page.evaluate(AXE.read_text())
            assert page.evaluate(RUN_AXE) == [], address
