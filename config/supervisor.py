"""Keeps a few child processes running under one terminal: starts, restarts, ends them, and is quiet about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from config import watchdog

POLL_SECONDS = 0.1
RESTART_SECONDS = (0.2, 1.0, 2.0, 5.0, 15.0, 30.0)
# A child that ran this long has recovered: its next failure is a first one again.
STABLE_SECONDS = 30.0
REMEMBERED_LINES = 30
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildFailedError(Exception):
    """A child did not become ready; the message says which one and ends with its last lines."""


class StopRequestedError(Exception):
    """A signal to stop arrived while children were still being started."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run, how to know that it is ready, and how long it may take to end in good order."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    is_ready: Callable[[], bool] = lambda: True
    ready_seconds: float = 60.0
    stop_seconds: float = 10.0


@dataclass(slots=True)
class _Child:
    spec: ChildSpec
    process: subprocess.Popen[str]
    started_at: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED_LINES))


class Supervisor:
    """Children in the order they were started; they are ended in the opposite order.

    Each child leads a process group of its own, so that Ctrl-C reaches the supervisor alone and every grandchild can be
    ended. A watchdog process ends them all when the supervisor is killed; it inherits `held_descriptor`, so that a lock
    on that file is free again only when the last child is gone.
    """

    def __init__(self, write: Callable[[str], None], *, held_descriptor: int | None = None) -> None:
        self._write = write
        self._children: list[_Child] = []
        self._stop_signals = 0
        self._watchdog = subprocess.Popen(
            [sys.executable, "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            pass_fds=() if held_descriptor is None else (held_descriptor,),
        )

    def start(self, spec: ChildSpec) -> None:
        """Start a child and wait until it is ready.

        Raises:
            ChildFailedError: it ended, or was not ready in time.
            StopRequestedError: someone asked to stop meanwhile.
        """
        child = _Child(spec, _popen(spec))
        self._children.append(child)
        self._attend(child)
        deadline = time.monotonic() + spec.ready_seconds
        while not spec.is_ready():
            if self._stop_signals:
                raise StopRequestedError
            if child.process.poll() is not None:
                raise ChildFailedError(_failure(child, _ending(child.process.returncode)))
            if time.monotonic() > deadline:
                raise ChildFailedError(_failure(child, f"was not ready within {spec.ready_seconds:.0f} seconds"))
            time.sleep(POLL_SECONDS / 2)

    def listen_for_signals(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop; a second one ends the children at once."""
        for number in SIGNALS:
            signal.signal(number, self.request_stop)

    def run(self) -> None:
        """Restart what ends, until a signal says stop."""
        while not self._stop_signals:
            for child in self._children:
                self._check(child)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End all children, last started first: SIGTERM, and SIGKILL for those that outstay their time."""
        for child in reversed(self._children):
            if child.restart_at is None:
                self._end(child)
        if self._watchdog.stdin is not None:
            with suppress(BrokenPipeError):
                self._watchdog.stdin.close()
        self._watchdog.wait(timeout=30)

    def request_stop(self, _number: int, _frame: object) -> None:
        """A signal handler."""
        self._stop_signals += 1

    def _restart(self, child: _Child) -> None:
        child.process = _popen(child.spec)
        child.started_at, child.restart_at = time.monotonic(), None
        self._attend(child)

    def _attend(self, child: _Child) -> None:
        self._tell_watchdog(f"+{child.process.pid}")
        threading.Thread(target=self._relay, args=(child, child.process), daemon=True).start()

    def _relay(self, child: _Child, process: subprocess.Popen[str]) -> None:
        """Pass the child's lines on, with its name before each."""
        if process.stdout is None:
            return
        for line in process.stdout:
            child.last_lines.append(line.rstrip())
            # How each one says good-bye is of no interest, nor what a broken one says again at each start.
            is_known = child.failures > 1 and time.monotonic() - child.started_at < STABLE_SECONDS
            if not self._stop_signals and not is_known:
                self._write(f"{child.spec.name:>6} | {line.rstrip()}")

    def _check(self, child: _Child) -> None:
        now = time.monotonic()
        if child.restart_at is not None:
            if now >= child.restart_at:
                self._restart(child)
        elif child.process.poll() is not None:
            self._forget(child)
            child.failures = 0 if now - child.started_at > STABLE_SECONDS else child.failures
            delay = RESTART_SECONDS[min(child.failures, len(RESTART_SECONDS) - 1)]
            child.failures += 1
            child.restart_at = now + delay
            last = f" ({child.last_lines[-1]})" if child.failures > 1 and child.last_lines else ""
            ending = _ending(child.process.returncode)
            self._write(f"{child.spec.name} {ending}{last}; starting it again in {delay:g} s")

    def _end(self, child: _Child) -> None:
        if child.process.poll() is None:
            child.process.terminate()
            deadline = time.monotonic() + child.spec.stop_seconds
            asked = self._stop_signals
            while child.process.poll() is None and time.monotonic() < deadline and self._stop_signals == asked:
                time.sleep(POLL_SECONDS / 2)
        self._forget(child)

    def _forget(self, child: _Child) -> None:
        """Kill what is left of the child's group and take it off the watchdog's list."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._tell_watchdog(f"-{child.process.pid}")

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog.stdin is not None:
            with suppress(BrokenPipeError):  # somebody killed it: the children are still ended in good order
                self._watchdog.stdin.write(f"{line}\n")


def _popen(spec: ChildSpec) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(spec.argv),
        env=dict(spec.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _failure(child: _Child, what: str) -> str:
    said = "\n".join(f"  {line}" for line in child.last_lines)
    return f"{child.spec.name} {what}.\n{said}".rstrip()


def _ending(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
