"""Start a server process under the session's watchdog and wait until it answers."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.servers.session import Session


class ServerStartError(Exception):
    """A server did not come up; the message ends with what it wrote."""


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different free ports of the loopback interface."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def answers(port: int) -> bool:
    """Whether something accepts connections on the loopback `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(
    session: Session,
    argv: Sequence[str | Path],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    user: int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_seconds: float = 60,
) -> subprocess.Popen[bytes]:
    """Run `argv` in a process group of its own until the session ends.

    Raises:
        ServerStartError: it ended, or was not ready in time.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(env) if env is not None else os.environ.copy(),
            cwd=cwd or log.parent,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    session.watch(process.pid)
    _wait(process, is_ready, log, timeout_seconds)
    return process


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if process.poll() is not None:
            raise ServerStartError(f"{process.args!r} ended with {process.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            process.kill()
            raise ServerStartError(f"{process.args!r} was not ready within {timeout_seconds} s:\n{tail(log)}")
        time.sleep(0.03)


def tail(log: Path, characters: int = 4000) -> str:
    """The end of a server's log."""
    return log.read_text(errors="replace")[-characters:]
