"""Trash and storage, as a maintainer uses them."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Dialog, Page, expect

from tests.browser.visitor import Visitor
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.browser


def upload(visitor: Visitor, run_id: str, path: str, content: bytes) -> None:
    answer = requests.put(
        f"{visitor.project_url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{path}",
        data=content,
        headers={"Authorization": f"Bearer {visitor.token}"},
        timeout=30,
    )
    assert answer.ok, answer.text


def test_a_deleted_run_is_restored_and_another_removed(page: Page, visitor: Visitor) -> None:
    for name in ("wrong-turn", "worth-keeping"):
        run_id = visitor.log_run(name, values={"loss": [3, 2, 1]})
        upload(visitor, run_id, "model/weights.bin", name.encode() * 1_000)
        visitor.end_run(run_id)
        visitor.mlflow("runs/delete", run_id=run_id)
    page.goto(f"{visitor.project_url}/trash")
    page.get_by_role("row", name="worth-keeping").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored.")).to_be_visible()
    expect(page.get_by_role("row", name="worth-keeping")).to_have_count(0)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.get_by_role("row", name="wrong-turn").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="The trash is being emptied")).to_be_visible()
    assert asked == ["Remove wrong-turn for good? This frees 10 KB of files and cannot be undone."]


def test_rules_say_what_they_would_move_before_they_are_saved(page: Page, visitor: Visitor) -> None:
    page.goto(f"{visitor.project_url}/trash")
    page.get_by_label("Days in the trash").fill("14")
    page.get_by_label("Keep the best runs").fill("5")
    page.get_by_label("By metric").fill("loss")
    page.get_by_label("Best is").select_option("lowest")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.get_by_role("button", name="Show what these would move").click()
    expect(page.get_by_text("Would move no run now.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rules are applied once a day.")).to_be_visible()
    expect(page.get_by_label("Days in the trash")).to_have_value("14")


def test_storage_shows_what_runs_take(page: Page, visitor: Visitor) -> None:
    run_id = visitor.log_run("heavy", values={})
    upload(visitor, run_id, "big.bin", b"x" * 300_000)
    page.goto(f"{visitor.project_url}/storage")
    expect(page.get_by_role("row", name="heavy")).to_contain_text("300 KB")


def test_the_page_tells_when_the_trash_is_empty(page: Page, visitor: Visitor, live_worker: LiveRunfold) -> None:
    run_id = visitor.log_run("given-up", values={"loss": [3, 2, 1]})
    visitor.end_run(run_id)
    visitor.mlflow("runs/delete", run_id=run_id)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{visitor.project_url}/trash")
    page.get_by_role("button", name="Empty the trash").click()
    expect(page.get_by_text("The trash is empty")).to_be_visible(timeout=30_000)
