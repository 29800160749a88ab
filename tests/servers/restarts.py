"""Stop a server that runs, and start it again as it was."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.watchdog import is_running
from tests.servers import process
from tests.servers.session import Session


class Restartable:
    """A process of the session, known by its id. What it was started with is read from /proc."""

    def __init__(
        self,
        session: Session,
        pid: int,
        *,
        log: Path,
        is_ready: Callable[[], bool],
        argv: Sequence[str | Path] = (),  # for one that writes something else over it
    ) -> None:
        self.pid = pid
        self._session = session
        self._log = log
        self._is_ready = is_ready
        proc = Path(f"/proc/{pid}")
        self._argv = argv or proc.joinpath("cmdline").read_bytes().decode().rstrip("\0").split("\0")
        self._cwd = proc.joinpath("cwd").readlink()
        self._user = proc.stat().st_uid or None

    def stop(self, number: int) -> None:
        """Send a signal and wait for the end."""
        os.kill(self.pid, number)
        deadline = time.monotonic() + 20
        while is_running(self.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_running(self.pid)

    def start(self) -> None:
        """Start it again and wait until it is ready."""
        self.pid = process.start(
            self._session, self._argv, log=self._log, is_ready=self._is_ready, user=self._user, cwd=self._cwd
        ).pid
