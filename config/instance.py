"""One running Runfold a data directory, and a clear word when its place is taken."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from pathlib import Path

from config.watchdog import is_running

LEFTOVER_SECONDS = 15.0


class PlaceTakenError(Exception):
    """The data directory or the port is in use; the message says by what and what to do."""


def hold(data_dir: Path, *, url: str) -> int:
    """Lock the data directory and return the descriptor that holds the lock.

    Children of a supervisor that was killed keep the lock for the moments their watchdog needs to end them: waited for.

    Raises:
        PlaceTakenError: Runfold runs from this directory already.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while not _try_lock(descriptor):
        pid, _, owner_url = os.pread(descriptor, 1000, 0).decode().partition(" ")
        owner_lives = pid.isdigit() and is_running(int(pid))
        if owner_lives or time.monotonic() > deadline:
            os.close(descriptor)
            raise PlaceTakenError(
                f"Runfold is already running from {data_dir} (process {pid}, {owner_url}). "
                "Stop it first, or give this one a data directory of its own: RUNFOLD_DATA_DIR=/some/where"
            )
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {url}".encode(), 0)
    return descriptor


def require_free(host: str, port: int) -> None:
    """Say so now if the web server could not listen on `host` and `port`.

    Raises:
        PlaceTakenError: it could not.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as exc:
        raise PlaceTakenError(_cause(exc, host, port)) from exc


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _cause(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that, or choose another: make up PORT={port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has. Choose one above 1023: make up PORT=8000"
    return (
        f"Cannot listen on {host}:{port}: {error.strerror}. Choose an address of this machine: make up HOST=127.0.0.1"
    )
