"""What the processes of one test run share: a directory, its servers and the watchdog that ends them.

The first process makes the session and names it in the environment, so that its xdist workers join it. A server is
started by whoever needs it first, under a file lock, and described in `<name>.json` for the others.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from config import watchdog

VARIABLE = "RUNFOLD_TEST_SESSION"
Description = TypeVar("Description")


@dataclass(slots=True)
class Session:
    """The shared directory; `lifeline` and `guard` are held by the process that made it alone."""

    directory: Path
    lifeline: int | None = None
    guard: subprocess.Popen[bytes] | None = None

    def shared(self, name: str, kind: type[Description], start: Callable[[Path], Description]) -> Description:
        """The server `name`: described by the process that started it, or started now in a directory of its own."""
        described = self.directory / f"{name}.json"
        with (self.directory / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if described.exists():
                return msgspec.json.decode(described.read_bytes(), type=kind)
            home = self.directory / name
            home.mkdir(mode=0o755)
            description = start(home)
            described.write_bytes(msgspec.json.encode(description))
            return description

    def watch(self, pid: int) -> None:
        """Have the process group `pid` ended with the session."""
        with (self.directory / "lifeline").open("w") as pipe:
            pipe.write(f"+{pid}\n")

    def close(self) -> None:
        """End every server and remove the directory; only the process that made the session does it."""
        if self.lifeline is None or self.guard is None:
            return
        os.environ.pop(VARIABLE, None)
        os.close(self.lifeline)
        # It ends by itself in any case: a slow disk is no failed test.
        with suppress(subprocess.TimeoutExpired):
            self.guard.wait(timeout=60)


def current() -> Session:
    """The session of this test run, made now by its first process."""
    if given := os.environ.get(VARIABLE):
        return Session(Path(given))
    session = _make()
    os.environ[VARIABLE] = str(session.directory)
    return session


def _make() -> Session:
    directory = Path(tempfile.mkdtemp(prefix="runfold-test-"))
    directory.chmod(0o755)  # PostgreSQL may run as another user, who has to reach its own directory
    fifo = directory / "lifeline"
    os.mkfifo(fifo, 0o600)
    # Read and write, so that the pipe closes exactly when this process ends, however it ends.
    lifeline = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
    guard = subprocess.Popen(
        [sys.executable, "-S", watchdog.__file__, "--remove", str(directory)],
        stdin=fifo.open("rb"),
        start_new_session=True,
        cwd="/",
    )
    return Session(directory, lifeline, guard)
