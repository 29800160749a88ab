"""Picks the database of a test run, before Django's settings are read.

RUNFOLD_TEST_DATABASE=sqlite (the default) or postgres. PostgreSQL is started here; other servers by the tests that ask.
Loaded with `-p` (see pyproject.toml), hence `python -m pytest`.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.servers.postgres import PostgresServer, postgres
from tests.servers.seaweedfs import S3Server, seaweedfs
from tests.servers.session import Session, current
from tests.servers.valkey import ValkeyServer, valkey

CHOICES = ("sqlite", "postgres")
SESSION = pytest.StashKey[Session]()
# What makes a test depend on the database; the others need to run once only.
DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_setup",
    "live_runfold",
    "live_runfold_factory",
    "artifact_server",
    "outage_server",
    "outage_jobs",
    "purge_jobs",
}


def database_kind() -> str:
    """`sqlite` or `postgres`."""
    kind = os.environ.get("RUNFOLD_TEST_DATABASE", "sqlite")
    if kind not in CHOICES:
        raise pytest.UsageError(f"RUNFOLD_TEST_DATABASE={kind!r}: write one of {', '.join(CHOICES)}.")
    return kind


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("runfold")
    group.addoption(
        "--only-database",
        action="store_true",
        help="leave out the tests that touch no database (they ran on the other one)",
    )
    group.addoption("--record-queries", action="store_true", help="write query_budgets.json from what is measured")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    session = current()
    early_config.stash[SESSION] = session
    if database_kind() == "postgres":
        os.environ["RUNFOLD_DATABASE_URL"] = postgres(session).url("runfold")
    else:
        os.environ.pop("RUNFOLD_DATABASE_URL", None)
    os.environ["RUNFOLD_ARTIFACT_STORE"] = f"file://{session.directory}/artifacts"
    os.environ["RUNFOLD_ARTIFACT_FSYNC"] = "0"
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].close()


def pytest_report_header() -> str:
    return f"database: {database_kind()}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-database"):
        return
    neutral = [item for item in items if not _touches_database(item)]
    config.hook.pytest_deselected(items=neutral)
    items[:] = [item for item in items if _touches_database(item)]


def _touches_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") is not None:
        return True
    return isinstance(item, pytest.Function) and not DATABASE_FIXTURES.isdisjoint(item.fixturenames)


@pytest.fixture(scope="session")
def server_session(pytestconfig: pytest.Config) -> Session:
    """The directory and the watchdog of this test run's servers."""
    return pytestconfig.stash[SESSION]


@pytest.fixture(scope="session")
def postgres_server(server_session: Session) -> PostgresServer:
    """A real PostgreSQL, whatever database the run itself uses."""
    return postgres(server_session)


@pytest.fixture(scope="session")
def valkey_server(server_session: Session) -> ValkeyServer:
    """A real Valkey, shared by the run: use one numbered database a test."""
    return valkey(server_session)


@pytest.fixture(scope="session")
def s3_server(server_session: Session) -> S3Server:
    """A real S3 server, shared by the run: use one bucket a test."""
    return seaweedfs(server_session)
