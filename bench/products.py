"""Start MLflow's server and Runfold as their users would run them at their best, on the same machine and database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.servers import postgres, process
from tests.servers.clients import client_python
from tests.servers.postgres import PostgresServer
from tests.servers.session import Session

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
# What a server that has to keep its promises runs with. Both products get the same.
DURABLE = (
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "pg_stat_statements.track=top",
)
_MLFLOW_PACKAGES = ("mlflow", "uvloop", "httptools", "psycopg2-binary")
_EXPORTS = re.compile(r"export (MLFLOW_TRACKING_\w+)=(\S+)")


@dataclass(frozen=True, slots=True)
class Database:
    """Where a product keeps its rows: a database of the shared PostgreSQL, or a SQLite file."""

    name: str
    server: PostgresServer | None
    path: Path

    @property
    def url(self) -> str:
        """The URL for the product."""
        return self.server.url(self.name) if self.server else f"sqlite:///{self.path}"

    @property
    def admin_url(self) -> str | None:
        """The superuser's URL; None on SQLite."""
        return self.server.url("postgres", role="postgres") if self.server else None

    @property
    def pids(self) -> tuple[int, ...]:
        """The server's processes."""
        return (self.server.pid,) if self.server else ()


@dataclass(frozen=True, slots=True)
class Product:
    """A product that answers."""

    name: str
    version: str
    uri: str
    token: str | None
    pids: tuple[int, ...]
    database: Database


def start_postgres(session: Session, home: Path) -> PostgresServer:
    """Start one durable PostgreSQL for both products, its statements counted."""
    server = postgres.start(session, home, options=DURABLE)
    _execute(server.url("postgres", role="postgres"), "CREATE EXTENSION pg_stat_statements")
    return server


def make_database(session: Session, name: str, server: PostgresServer | None) -> Database:
    """Make an empty database owned by a role that row-level security binds."""
    if server is not None:
        _execute(server.url("postgres", role="postgres"), f"CREATE DATABASE {name} OWNER {postgres.APP_ROLE}")
    home = session.directory / name
    home.mkdir(mode=0o755)
    return Database(name=name, server=server, path=home / f"{name}.db")


def start_mlflow(session: Session, database: Database) -> Product:
    """Start `mlflow server` with uvloop and httptools; without them its answers wait 40 ms for Nagle's algorithm."""
    python, port = client_python(*_MLFLOW_PACKAGES), process.free_port()
    home = database.path.parent
    words = (
        f"server --host 127.0.0.1 --port {port} --workers {WORKERS} "
        f"--backend-store-uri {database.url.replace('postgresql:', 'postgresql+psycopg2:')} "
        f"--artifacts-destination {home}/artifacts"
    )
    options = "--loop uvloop --http httptools --log-level warning --no-access-log"
    server = process.start(
        session,
        [python.parent / "mlflow", *words.split(), "--uvicorn-opts", options],
        log=home / "mlflow.log",
        env=_environment(
            MLFLOW_DISABLE_TELEMETRY="true",
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
            PATH=f"{python.parent}:{os.environ['PATH']}",
        ),
        is_ready=lambda: process.answers(port),
        timeout_seconds=180,
    )
    return Product(
        name="mlflow",
        version=_installed_version(python),
        uri=f"http://127.0.0.1:{port}",
        token=None,
        pids=(server.pid, *database.pids),
        database=database,
    )


def _processes(database: Database) -> list[str]:
    """As many as MLflow has workers; on SQLite what `make up` takes, which is one."""
    return ["--web-processes", str(WORKERS)] if database.server else []


def start_runfold(session: Session, database: Database) -> Product:
    """Start Runfold as `make up` does: granian, a Valkey, one Celery worker. Its first token comes with it."""
    port = process.free_port()
    home = database.path.parent
    log = home / "runfold.log"
    server = process.start(
        session,
        [sys.executable, ROOT / "manage.py", "up", "--port", str(port), *_processes(database)],
        log=log,
        cwd=ROOT,
        env=runfold_environment(database),
        is_ready=lambda: len(_EXPORTS.findall(log.read_text())) == 2,
        timeout_seconds=120,
    )
    exports = dict(_EXPORTS.findall(log.read_text()))
    return Product(
        name="runfold",
        version=_own_version(),
        uri=exports["MLFLOW_TRACKING_URI"],
        token=exports["MLFLOW_TRACKING_TOKEN"],
        pids=(server.pid, *database.pids),
        database=database,
    )


def runfold_environment(database: Database) -> dict[str, str]:
    """Return the environment in which Runfold's commands use the bench's database."""
    return _environment(
        DJANGO_SETTINGS_MODULE="config.settings.dev",
        RUNFOLD_DATA_DIR=str(database.path.parent),
        RUNFOLD_DATABASE_URL=database.url,
        PYTHONPATH=str(ROOT),
    )


def _environment(**more: str) -> dict[str, str]:
    own = ("RUNFOLD_", "MLFLOW_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**inherited, **more}


def _installed_version(python: Path) -> str:
    program = "import importlib.metadata as m; print(m.version('mlflow'))"
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def _own_version() -> str:
    found = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    return found[1] if found else "?"


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
