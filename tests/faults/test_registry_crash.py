"""A web process may die at any moment: a change to the registry is there with its files, history, audit and deliveries, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.dying import deaths
from tests.servers.postgres import PostgresServer, create_database

pytestmark = pytest.mark.faults


def test_web_process_killed_between_any_two_statements_on_sqlite(tmp_path: Path) -> None:
    assert deaths("registry_crash_process", f"sqlite:///{tmp_path}/runfold.sqlite3", tmp_path) > 100


def test_web_process_killed_between_any_two_statements_on_postgresql(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    url = create_database(postgres_server, "registry_crash")
    assert deaths("registry_crash_process", url, tmp_path) > 100
