"""Runfold itself as a test server: granian in its own process, on a database of its own, driven from outside only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import msgspec

from tests.servers import process
from tests.servers.postgres import create_database, postgres
from tests.servers.session import Session
from tests.servers.valkey import valkey

ROOT = Path(__file__).resolve().parents[2]
READY_PATH = "/version"
SQLITE_NAME = "runfold.sqlite3"


class LiveRunfold(msgspec.Struct, frozen=True):
    """Where it listens; its first team, project and token; the environment in which its commands run."""

    url: str
    port: int
    pid: int
    data_dir: str
    env: dict[str, str]
    bootstrap: dict[str, Any]

    @property
    def token(self) -> str:
        """A token of the first owner."""
        return str(self.bootstrap["token"])

    @property
    def tracking_uri(self) -> str:
        """What a client sets MLFLOW_TRACKING_URI to."""
        return str(self.bootstrap["tracking_uri"])

    def admin_token(self) -> str:
        """A new token of the first owner, of every scope: the first one does not manage projects."""
        team = self.tracking_uri.rsplit("/", 2)[1]
        words = ("create_token", team, "--user", str(self.bootstrap["email"]), "--scopes", "admin")
        return str(self.command(*words)["token"])

    def command(self, *words: str) -> Any:
        """Run one of the operator's commands (`manage.py ...`) against it; what it printed, read as JSON."""
        return json.loads(manage(self.env, *words) or "null")


def live_runfold(session: Session, kind: str) -> LiveRunfold:
    """The session's live server on SQLite or PostgreSQL (`kind`), started when first asked for."""
    return session.shared(f"live-{kind}", LiveRunfold, lambda home: start(session, home, kind))


def start(
    session: Session,
    home: Path,
    kind: str,
    *,
    options: tuple[str, ...] = (),
    settings: Mapping[str, str] | None = None,
) -> LiveRunfold:
    """A server on a new, migrated database with a first owner, team, project and token; `settings` are variables.

    The database is a copy of one that was migrated before; one that `settings` name is migrated now.
    """
    port = process.free_port()
    url = f"http://127.0.0.1:{port}"
    named = (settings or {}).get("RUNFOLD_DATABASE_URL")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "RUNFOLD_DATA_DIR": str(home),
        "RUNFOLD_DATABASE_URL": named or _migrated_database(session, home, kind),
        "RUNFOLD_ARTIFACT_STORE": f"file://{home}/artifacts",
        "RUNFOLD_BROKER_URL": valkey(session).url(_broker_number(home.name)),
        "RUNFOLD_PUBLIC_URL": url,
        "RUNFOLD_STATIC_ROOT": static_root(session),
        "RUNFOLD_LOG_LEVEL": "WARNING",
        **(settings or {}),
    }
    if named:
        manage(env, "migrate", "--verbosity", "0")
    made = json.loads(manage(env, "bootstrap"))
    pid = _serve(session, home, port, env, options)
    return LiveRunfold(url=url, port=port, pid=pid, data_dir=str(home), env=env, bootstrap=made)


def start_again(session: Session, runfold: LiveRunfold) -> LiveRunfold:
    """A web server that was ended, at the same address and on the same data."""
    return msgspec.structs.replace(runfold, pid=_serve(session, Path(runfold.data_dir), runfold.port, runfold.env, ()))


def _serve(session: Session, home: Path, port: int, env: dict[str, str], options: tuple[str, ...]) -> int:
    words = (
        f"--interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 16 --no-ws --log-level warning"
    )
    server = process.start(
        session,
        [sys.executable, "-m", "granian", *words.split(), *options, "config.wsgi:application"],
        log=home / "web.log",
        is_ready=lambda: _answers(port),
        env=env,
        cwd=ROOT,
    )
    return server.pid


def start_worker(session: Session, runfold: LiveRunfold) -> subprocess.Popen[bytes]:
    """A Celery worker with beat for a live server; not waited for."""
    schedule = str(Path(runfold.data_dir) / "celerybeat-schedule")
    return _celery(session, runfold, "worker", "--beat", "--concurrency", "1", "--schedule", schedule)


def start_jobs_worker(session: Session, runfold: LiveRunfold) -> subprocess.Popen[bytes]:
    """The Celery worker that runs jobs; not waited for."""
    return _celery(session, runfold, "jobs", *"--queues jobs --pool threads --concurrency 2".split())


def _celery(session: Session, runfold: LiveRunfold, name: str, *options: str) -> subprocess.Popen[bytes]:
    words = "worker --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"
    return process.start(
        session,
        [sys.executable, "-m", "celery", "-A", "config.celery", *words.split(), "--hostname", f"{name}@%h", *options],
        log=Path(runfold.data_dir) / f"{name}.log",
        is_ready=lambda: True,
        env=runfold.env,
        cwd=ROOT,
    )


def manage(env: dict[str, str], *words: str) -> str:
    """What `manage.py <words>` prints."""
    return run([sys.executable, "manage.py", *words], env)


def run(argv: list[str], env: dict[str, str]) -> str:
    """What a command prints.

    Raises:
        ServerStartError: it failed; the message holds what it said.
    """
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise process.ServerStartError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def static_root(session: Session) -> str:
    """Static files, collected once for all servers of a test run: it takes seconds."""
    return session.shared("static", str, _collect)


def _collect(folder: Path) -> str:
    root = str(folder / "collected")
    env = {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "RUNFOLD_DATA_DIR": str(folder),
        "RUNFOLD_STATIC_ROOT": root,
    }
    script = "import django; django.setup(); from config.collected import collect_if_changed; collect_if_changed()"
    run([sys.executable, "-c", script], {**os.environ, **env})
    return root


def _migrated_database(session: Session, home: Path, kind: str) -> str:
    """A database of one server's own: copied, since migrating takes seconds and comes to the same every time."""
    template = Path(session.shared(f"migrated-{kind}", str, lambda folder: _migrate(session, folder, kind)))
    if kind == "sqlite":
        shutil.copyfile(template / SQLITE_NAME, home / SQLITE_NAME)
        return _sqlite_url(home)
    return create_database(postgres(session), _database_name(home), template=_database_name(template))


def _migrate(session: Session, home: Path, kind: str) -> str:
    """A folder that names the migrated database, or holds it."""
    url = _sqlite_url(home) if kind == "sqlite" else create_database(postgres(session), _database_name(home))
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "RUNFOLD_DATA_DIR": str(home)}
    manage({**os.environ, **settings, "RUNFOLD_DATABASE_URL": url}, "migrate", "--verbosity", "0")
    return str(home)


def _sqlite_url(home: Path) -> str:
    return f"sqlite:///{home / SQLITE_NAME}"


def _database_name(home: Path) -> str:
    return home.name.replace("-", "_")


def _broker_number(name: str) -> int:
    """One of Valkey's numbered databases; the first two are left to tests that use Valkey directly."""
    return 2 + sum(name.encode()) % 14


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
