"""Query budgets: how many statements something takes, recorded in a file so that a change shows in review.

Compared exactly: a saving is recorded too. `pytest --record-queries` writes what the tests that ran have measured.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

FILE = Path(__file__).parent / "architecture" / "query_budgets.json"
HOW_TO_RECORD = f"If that is meant: run the test with --record-queries on both databases and commit {FILE.name}."
Budget = Callable[[str], AbstractContextManager[None]]


def recorded() -> dict[str, dict[str, int]]:
    """Statements by name and by database."""
    budgets: dict[str, dict[str, int]] = json.loads(FILE.read_text())
    return budgets


def record(counts: Mapping[str, int], vendor: str) -> None:
    """Write figures down; several test processes may do so at once."""
    with FILE.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        budgets = json.loads(file.read())
        for name, count in counts.items():
            budgets.setdefault(name, {})[vendor] = count
        file.seek(0)
        file.truncate()
        file.write(json.dumps(budgets, indent=2, sort_keys=True) + "\n")


def is_savepoint(sql: str) -> bool:
    """Savepoints belong to the transaction that the test itself runs in."""
    return sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"))


@contextmanager
def budget(name: str, *, recording: bool) -> Iterator[None]:
    """Compare the statements of a block with its budget."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured.captured_queries if not is_savepoint(query["sql"])]
    if recording:
        record({name: len(statements)}, connection.vendor)
        return
    allowed = recorded().get(name, {}).get(connection.vendor)
    listing = "\n".join(f"  {number}. {sql[:300]}" for number, sql in enumerate(statements, 1))
    assert len(statements) == allowed, (
        f"{name}: {len(statements)} statements on {connection.vendor}, recorded {allowed}.\n{listing}\n{HOW_TO_RECORD}"
    )


@pytest.fixture
def query_budget(pytestconfig: pytest.Config) -> Budget:
    """`with query_budget("runs/get"): ...` fails when the statements differ from query_budgets.json."""
    recording = bool(pytestconfig.getoption("--record-queries"))
    return lambda name: budget(name, recording=recording)
