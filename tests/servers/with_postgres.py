"""Run a command on a throw-away PostgreSQL: `python -m tests.servers.with_postgres manage.py lintmigrations`."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.servers.postgres import create_database, postgres
from tests.servers.session import current


def main() -> int:
    """The exit status of the command, which finds the database in RUNFOLD_DATABASE_URL."""
    session = current()
    try:
        url = create_database(postgres(session), "runfold")
        argv = [sys.executable, *sys.argv[1:]]
        return subprocess.run(argv, env={**os.environ, "RUNFOLD_DATABASE_URL": url}, check=False).returncode
    finally:
        session.close()


if __name__ == "__main__":
    sys.exit(main())
