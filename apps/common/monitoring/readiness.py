"""Whether all that a web server depends on answers: asked at the same time, within a limit, and not at every request."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

OK = "ok"
SLOW = "does not answer in time"
FAILED = "refuses or is away; the log says more"
TIMEOUT_SECONDS = 2.0
KEPT_SECONDS = 1.0
_log = logging.getLogger(__name__)

Report = dict[str, str]


class Readiness:
    """Asks each probe in a thread of its own, so that one that hangs holds up nobody; it is not asked twice meanwhile.

    Args:
        probes: by name; each returns, or raises.
        timeout_seconds: how long an answer is waited for.
        kept_seconds: how long a report serves everybody who asks.
    """

    def __init__(
        self,
        probes: Mapping[str, Callable[[], None]],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._probes = probes
        self._timeout_seconds = timeout_seconds
        self._kept_seconds = kept_seconds
        self._asking = threading.Lock()
        self._report: Report = {}
        self._made_at = float("-inf")
        self._running: dict[str, threading.Thread] = {}
        self._results: dict[str, str] = {}

    def report(self) -> Report:
        """What is the matter with each part, OK where nothing is."""
        if self._is_fresh():
            return self._report
        # Who comes while it is being found out gets the last report, if there is one: no thread waits for another.
        if not self._asking.acquire(blocking=not self._report):
            return self._report
        try:
            if not self._is_fresh():
                self._report = self._ask()
                self._made_at = time.monotonic()
            return self._report
        finally:
            self._asking.release()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._made_at < self._kept_seconds

    def _ask(self) -> Report:
        for name in self._probes:
            if name not in self._running or not self._running[name].is_alive():
                self._results[name] = SLOW
                self._running[name] = threading.Thread(target=self._try, args=[name], daemon=True, name=f"ready-{name}")
                self._running[name].start()
        deadline = time.monotonic() + self._timeout_seconds
        for thread in self._running.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        return dict(self._results)

    def _try(self, name: str) -> None:
        try:
            self._probes[name]()
        except Exception as exc:  # noqa: BLE001 - whatever it is, this part does not work
            _log.warning("Not ready: %s: %s", name, exc)
            self._results[name] = FAILED
        else:
            self._results[name] = OK


@cache
def readiness() -> Readiness:
    """That of this process."""
    return Readiness({name: import_string(path) for name, path in settings.READINESS_PROBES.items()})
