"""The runs table without reloading: filter, order, columns, back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _runs(visitor: Visitor) -> None:
    for number in range(3):
        visitor.log_run(f"run-{number}", values={"rmse": [3.0 - number]}, params={"depth": str(number)})


@pytest.fixture
def table(page: Page, visitor: Visitor) -> Page:
    page.goto(f"{visitor.project_url}/experiments/0")
    return page


def names(page: Page) -> list[str]:
    return page.locator("tbody th a").all_inner_texts()


def test_a_filter_is_applied_and_a_wrong_one_points_at_its_column(table: Page) -> None:
    table.keyboard.press("/")
    table.keyboard.type("metrics.rmse < 2.5")
    table.keyboard.press("Enter")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table).to_have_url(re.compile(r"q=metrics\.rmse"))

    box = table.get_by_label("Filter runs")
    box.fill("metrics.rmse << 1")
    box.press("Enter")
    expect(table.get_by_role("alert")).to_contain_text("Column 15")
    assert box.evaluate("box => [box.selectionStart, box === document.activeElement]") == [14, True]

    table.go_back()
    expect(table.locator("tbody tr")).to_have_count(2)


def test_a_click_on_a_heading_orders(table: Page) -> None:
    heading = table.get_by_role("columnheader", name="rmse")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert names(table) == ["run-0", "run-1", "run-2"]
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert names(table) == ["run-2", "run-1", "run-0"]


def test_chosen_columns_stay(table: Page) -> None:
    table.get_by_text("Columns").click()
    table.get_by_label("depth").uncheck()
    table.get_by_role("button", name="Show these").click()
    expect(table.get_by_role("columnheader", name="depth")).to_have_count(0)
    table.reload()
    expect(table.get_by_role("columnheader", name="rmse")).to_have_count(1)
    expect(table.get_by_role("columnheader", name="depth")).to_have_count(0)
