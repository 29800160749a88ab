"""Tell the workers which projects have points to fold: at most once a second per project, off the request's path."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from celery.exceptions import CeleryError, OperationalError
from django.conf import settings
from django.utils.module_loading import import_string

DIGEST_TASK = "apps.runs.tasks.digest_project"
_log = logging.getLogger(__name__)


class DirtyProjects:
    """Collects project ids and sends each distinct one a moment later, from a thread of its own.

    What cannot be sent is dropped: nothing depends on it but how soon points are folded, and the sweeper finds them.

    Args:
        send: Sends one project id; raises OSError or an error of Celery when the broker is away.
        interval_seconds: Time in which repeated notes of a project count once.
    """

    def __init__(self, send: Callable[[int], None], *, interval_seconds: float = 1.0) -> None:
        self._send = send
        self._interval_seconds = interval_seconds
        self._lock = threading.Lock()
        self._dirty: set[int] = set()
        self._wake = threading.Event()
        self._thread_of: int | None = None

    def note(self, project_id: int) -> None:
        """Remember the project; never waits for the broker."""
        # Threads do not survive a fork: a process notices by its id that it needs its own.
        if project_id in self._dirty and self._thread_of == os.getpid():
            return
        with self._lock:
            self._dirty.add(project_id)
            if self._thread_of != os.getpid():
                self._thread_of = os.getpid()
                threading.Thread(target=self._run, name="dirty-projects", daemon=True).start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(self._interval_seconds)
            self._wake.clear()
            with self._lock:
                projects, self._dirty = self._dirty, set()
            self._send_all(projects)

    def _send_all(self, projects: set[int]) -> None:
        for project_id in projects:
            try:
                self._send(project_id)
            except (OSError, CeleryError, OperationalError) as error:
                _log.warning("The broker is away (%s); the sweeper will find the points.", error)
                return


def notify_dirty(project_id: int) -> None:
    """Have the project's new points folded, its stale documents rewritten and its ended runs sealed, soon.

    Call it after a commit that wrote points or changed a run; it costs a microsecond and cannot fail.
    """
    _projects.note(project_id)


def _send(project_id: int) -> None:
    app = import_string(settings.CELERY_APP)
    app.send_task(DIGEST_TASK, args=[project_id], retry=False, ignore_result=True)


_projects = DirtyProjects(_send)
