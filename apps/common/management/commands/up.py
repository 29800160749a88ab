"""`manage.py up`: Runfold on this machine, in one command."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from config import instance
from config.collected import collect_if_changed
from config.embedded import Embedded
from config.supervisor import ChildFailedError, StopRequestedError, Supervisor

READY = """
Runfold is ready at {url}

  Sign in (this link works once):
    {sign_in_url}

  Log to it:
    export MLFLOW_TRACKING_URI={tracking_uri}
    export MLFLOW_TRACKING_TOKEN={token}

Ctrl-C stops it. Data is kept in {data_dir}
"""


class Command(BaseCommand):
    """Migrate, make the first owner, team and project, then run web server, worker and Valkey until Ctrl-C."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--web-processes", type=int, default=default_web_processes(connection.vendor))
        parser.add_argument("--web-threads", type=int, default=32, help="requests at once in each web process")
        parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="warning")

    def handle(self, *args: Any, **options: Any) -> None:
        embedded = Embedded(
            data_dir=settings.DATA_DIR,
            host=options["host"],
            port=options["port"],
            web_processes=options["web_processes"],
            web_threads=options["web_threads"],
            log_level=options["log_level"],
        )
        lock = self._take_place(embedded)
        if "RUNFOLD_PUBLIC_URL" not in os.environ:
            os.environ["RUNFOLD_PUBLIC_URL"] = settings.PUBLIC_URL = embedded.url
        supervisor = Supervisor(self._writer(), held_descriptor=lock)
        supervisor.listen_for_signals()
        try:
            call_command("migrate", interactive=False, verbosity=0)
            collect_if_changed()
            greeting = _greeting(embedded)
            for spec in embedded.children():
                supervisor.start(spec)
            self.stdout.write(greeting)
            self.stdout.flush()
            supervisor.run()
        except StopRequestedError:
            pass
        except ChildFailedError as exc:
            sys.exit(str(exc))
        finally:
            supervisor.stop()

    def _take_place(self, embedded: Embedded) -> int:
        try:
            lock = instance.hold(embedded.data_dir, url=embedded.url)
            instance.require_free(embedded.host, embedded.port)
        except instance.PlaceTakenError as exc:
            sys.exit(str(exc))
        return lock

    def _writer(self) -> Callable[[str], None]:
        """Lines of children and supervisor, one at a time, on standard error."""
        lock = threading.Lock()

        def write(line: str) -> None:
            with lock:
                self.stderr.write(line, style_func=str)
                self.stderr.flush()

        return write


def default_web_processes(database: str) -> int:
    """One for SQLite, whose writers would wait for one another; their commits are grouped in one process. Else by cores."""
    return 1 if database == "sqlite" else min(4, os.cpu_count() or 1)


def _greeting(embedded: Embedded) -> str:
    answer = io.StringIO()
    call_command("bootstrap", stdout=answer)
    made = json.loads(answer.getvalue())
    return READY.format(url=embedded.url, data_dir=embedded.data_dir, **made)
