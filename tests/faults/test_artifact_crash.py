"""A web process may die at any moment: a file is there whole or not at all, and what it leaves is swept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from tests.servers.postgres import APP_ROLE, PostgresServer

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]


def _deaths(url: str, folder: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.artifact_crash_process"],
        cwd=ROOT,
        # A killed process loses nothing that it has written: only a power cut would need the slower setting.
        env={
            **os.environ,
            "RUNFOLD_DATABASE_URL": url,
            "RUNFOLD_DATA_DIR": str(folder),
            "RUNFOLD_ARTIFACT_STORE": f"file://{folder}/artifacts",
            "RUNFOLD_SQLITE_SYNCHRONOUS": "NORMAL",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return int(done.stdout)


def test_web_process_killed_between_any_two_statements_on_sqlite(tmp_path: Path) -> None:
    assert _deaths(f"sqlite:///{tmp_path}/runfold.sqlite3", tmp_path) > 80


def test_web_process_killed_between_any_two_statements_on_postgresql(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    admin = psycopg2.connect(postgres_server.admin_url)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE artifact_crash OWNER {APP_ROLE}")
    admin.close()
    assert _deaths(postgres_server.url("artifact_crash"), tmp_path) > 80
