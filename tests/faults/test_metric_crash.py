"""A worker may die at any moment: no point is lost, none is doubled, and the next worker goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.dying import deaths
from tests.servers.postgres import PostgresServer, create_database

pytestmark = pytest.mark.faults


def test_worker_killed_between_any_two_statements_on_sqlite(tmp_path: Path) -> None:
    assert deaths("metric_crash_process", f"sqlite:///{tmp_path}/runfold.sqlite3", tmp_path) > 30


def test_worker_killed_between_any_two_statements_on_postgresql(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    assert deaths("metric_crash_process", create_database(postgres_server, "metric_crash"), tmp_path) > 30
