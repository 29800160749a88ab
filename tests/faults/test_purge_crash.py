"""A worker may die between any two statements of emptying the trash: the next goes on, and in the end all of it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.dying import deaths
from tests.servers.postgres import PostgresServer, create_database

pytestmark = pytest.mark.faults


def test_worker_killed_between_statements_of_a_purge_on_sqlite(tmp_path: Path) -> None:
    assert deaths("purge_crash_process", f"sqlite:///{tmp_path}/runfold.sqlite3", tmp_path) > 80


def test_worker_killed_between_statements_of_a_purge_on_postgresql(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    assert deaths("purge_crash_process", create_database(postgres_server, "purge_crash"), tmp_path) > 80
