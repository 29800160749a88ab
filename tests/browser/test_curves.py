"""Curves of an experiment: drawn by group, read by keyboard, as a table, on a phone, in the dark."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.test_charts import HAS_INK
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MODELS = {"xgboost": 1.0, "forest": 2.0, "ridge": 3.0}


@pytest.fixture(scope="module")
def curves_url(visitor: Visitor) -> str:
    for model, scale in MODELS.items():
        for seed in range(4 if model == "xgboost" else 3):
            falling = [
                scale * (1 + math.exp(-step / 40) * (2 + seed)) + 0.05 * math.sin(step * (seed + 1))
                for step in range(200)
            ]
            run_id = visitor.log_run(f"{model}-{seed}", values={"loss": falling}, params={"model": model})
            visitor.end_run(run_id)
    return f"{visitor.project_url}/experiments/0/curves"


def test_a_metric_is_drawn_for_all_runs_and_by_a_param(page: Page, curves_url: str) -> None:
    page.goto(curves_url)
    canvas = page.locator("figure.curves canvas")
    assert canvas.evaluate(HAS_INK)
    expect(page.locator(".chart-legend li")).to_have_text(["All runs10 runs"])
    page.get_by_label("Group by").select_option("params.model")
    expect(page.locator(".chart-legend li")).to_have_text(["xgboost4 runs", "forest3 runs", "ridge3 runs"])
    assert canvas.evaluate(HAS_INK)
    assert "group=params.model" in page.url
    page.reload()
    expect(page.locator(".chart-legend li")).to_have_count(3)


def test_arrow_keys_read_all_groups(page: Page, curves_url: str) -> None:
    page.goto(f"{curves_url}?metric=loss&group=params.model")
    plot = page.get_by_role("img", name="Chart of loss")
    assert "xgboost: 4 runs, last median" in (plot.get_attribute("aria-label") or "")
    plot.focus()
    page.keyboard.press("Home")
    spoken = page.locator("figure.curves [aria-live]")
    expect(spoken).to_contain_text("step 0: xgboost 4.5 (3 to 6, 4 runs), forest 8 (6 to 10, 3 runs)")
    expect(page.locator(".chart-tip")).to_be_visible()
    page.keyboard.press("End")
    expect(spoken).to_contain_text("step 199:")


def test_settings_are_kept_and_a_table_says_the_same(page: Page, curves_url: str) -> None:
    page.goto(f"{curves_url}?metric=loss&group=params.model")
    expect(page.locator(".chart-legend li")).to_have_count(3)
    page.get_by_text("Mean", exact=True).click()
    page.get_by_label("Log scale").check()
    page.reload()
    expect(page.get_by_label("Log scale")).to_be_checked()
    expect(page.get_by_role("radio", name="Mean")).to_be_checked()
    page.locator("figure.curves").hover()
    page.get_by_role("button", name="Show as a table").click()
    expect(page.locator(".chart-table tbody tr").first).to_have_text("xgboost043" + "4.54.56")
    expect(page.locator(".chart-table tbody tr")).to_have_count(600)


def test_a_filter_narrows_and_a_bad_one_says_where(page: Page, curves_url: str) -> None:
    page.goto(f"{curves_url}?group=params.model")
    search = page.get_by_label("Filter runs")
    search.fill("params.model != 'ridge'")
    search.press("Enter")
    expect(page.locator(".chart-legend li")).to_have_count(2)
    page.get_by_label("Filter runs").fill("params.model =")
    page.get_by_label("Filter runs").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Column")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("link", name="Curves", exact=True)).to_be_visible()


def test_on_a_phone_nothing_sticks_out(page: Page, curves_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{curves_url}?metric=loss&group=params.model")
    expect(page.locator("figure.curves canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_job_shows_that_it_is_under_way(page: Page, visitor: Visitor, curves_url: str) -> None:
    run_id = visitor.log_run("long", values={})
    for start in range(0, 2_100_000, 100_000):
        steps = np.arange(start, start + 100_000)
        column = steps.astype("<i8").tobytes()
        points = {"step": column, "timestamp_ms": column, "value": steps.astype("<f8").tobytes()}
        answer = requests.post(
            f"{visitor.runfold.url}/api/v1/runs/{run_id}/metrics",
            data=msgspec.msgpack.encode({"series": {"long": points}}),
            headers={"Authorization": f"Bearer {visitor.token}", "Content-Type": "application/msgpack"},
            timeout=30,
        )
        assert answer.ok, answer.text
    page.goto(f"{curves_url}?metric=long")
    expect(page.get_by_role("status")).to_contain_text("the curves are being computed")
    # The page goes on asking, and leaves the address alone. Whether there is a worker depends on what else is tested.
    with page.expect_response(lambda answer: "job=" in answer.url) as asked:
        pass
    assert asked.value.ok
    assert "job=" not in page.url
    expect(page.get_by_text("Queued").or_(page.locator("figure.curves canvas")).first).to_be_visible(timeout=30_000)
