"""Charts of a run: drawn, read by keyboard, zoomed, smoothed, live."""

from __future__ import annotations

import io
import math
import time
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# Whether any pixel of a chart's canvas carries ink.
HAS_INK = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0)"""


@pytest.fixture(scope="module")
def run_url(visitor: Visitor) -> str:
    falling = [10 * math.exp(-step / 300) for step in range(2000)]
    falling[1500] = math.nan
    run_id = visitor.log_run("charted", values={"loss": falling, "val/loss": [value * 2 for value in falling]})
    visitor.end_run(run_id)
    return f"{visitor.project_url}/runs/{run_id}"


def chart(page: Page, key: str) -> Locator:
    figure = page.locator(f'figure[data-key="{key}"]')
    expect(figure.locator("canvas")).to_be_visible()
    return figure


def test_charts_are_drawn(page: Page, run_url: str) -> None:
    page.goto(run_url)
    for key in ("loss", "val/loss"):
        assert chart(page, key).locator("canvas").evaluate(HAS_INK)
    label = chart(page, "loss").get_by_role("img").get_attribute("aria-label") or ""
    assert "loss: 2,000 points, from 0.01" in label


def test_arrow_keys_read_points(page: Page, run_url: str) -> None:
    page.goto(run_url)
    figure = chart(page, "loss")
    figure.get_by_role("img").focus()
    page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]")).to_have_text("step 0: loss 10")
    expect(figure.locator(".chart-tip")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]")).not_to_contain_text("step 0:")
    page.keyboard.press("End")
    expect(figure.locator("[aria-live]")).to_contain_text("step 1,999: loss 0.01")


def test_a_drag_zooms_and_asks_for_finer_points(page: Page, run_url: str) -> None:
    page.goto(run_url)
    figure = chart(page, "loss")
    box = figure.locator(".u-over").bounding_box()
    assert box is not None
    with page.expect_response(lambda answer: "from=" in answer.url) as finer:
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40, steps=5)
        page.mouse.up()
    assert finer.value.ok
    figure.hover()
    figure.get_by_role("button", name="Show everything again").click()
    expect(figure.get_by_role("button", name="Show everything again")).to_be_hidden()


def test_settings_are_shared_and_kept(page: Page, run_url: str) -> None:
    page.goto(run_url)
    chart(page, "loss")
    with page.expect_response(lambda answer: "x=time" in answer.url):
        page.get_by_text("Relative").click()
    page.get_by_label("Log scale").check()
    page.get_by_label("Smoothing").fill("90")
    page.reload()
    expect(page.get_by_label("Log scale")).to_be_checked()
    expect(page.get_by_label("Smoothing")).to_have_value("90")
    assert chart(page, "loss").locator("canvas").evaluate(HAS_INK)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_slider_is_told_from_its_ground_and_dazzles_nobody(
    page: Page, run_url: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(run_url)
    slider = page.get_by_label("Smoothing")
    slider.fill("0")
    seen = Image.open(io.BytesIO(slider.screenshot())).convert("L")
    column = seen.tobytes()[seen.width * 3 // 4 :: seen.width]
    ground, track = column[seen.height // 4], column[seen.height // 2]
    assert 20 < abs(track - ground) < 80


def test_a_table_says_what_the_chart_shows(page: Page, run_url: str) -> None:
    page.goto(run_url)
    figure = chart(page, "loss")
    figure.hover()
    figure.get_by_role("button", name="Show as a table").click()
    expect(figure.locator(".chart-table tbody tr").first).to_have_text("step 010")


def test_two_metrics_in_one_enlarged_chart(page: Page, run_url: str) -> None:
    page.goto(run_url)
    figure = chart(page, "loss")
    figure.hover()
    figure.get_by_role("button", name="Enlarge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("canvas")).to_be_visible()
    dialog.get_by_label("Add a metric").select_option("val/loss")
    expect(dialog.locator(".chart-legend li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_live_run_grows_and_gets_charts_of_new_metrics(page: Page, visitor: Visitor) -> None:
    run_id = visitor.log_run("live", values={"loss": [3.0, 2.0]})
    page.goto(f"{visitor.project_url}/runs/{run_id}")
    label = chart(page, "loss").get_by_role("img")
    now_ms = time.time_ns() // 1_000_000
    visitor.log_points(run_id, "loss", [1.0], now_ms=now_ms, first_step=2)
    visitor.log_points(run_id, "accuracy", [0.1, 0.2], now_ms=now_ms)
    page.wait_for_function(
        "element => element.ariaLabel.includes('3 points')", arg=label.element_handle(), timeout=15_000
    )
    chart(page, "accuracy")
    visitor.end_run(run_id)
    expect(page.locator("#run-facts .status")).to_have_text("Finished", timeout=15_000)
