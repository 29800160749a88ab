"""A process that outlives its owner by moments, to end what the owner had started.

The owner writes `+<pid>` and `-<pid>` lines to this program's standard input. When that closes, whether the owner ended
or was killed, every process group still on the list gets SIGINT, then SIGKILL, and the directory named by `--remove` goes.
Uses the standard library alone and is run as a script, so that it costs one small interpreter.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

POLL_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", type=Path, help="directory to delete at the end")
    parser.add_argument("--grace-seconds", type=float, default=5.0)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_all(_listed_until_closed(), options.grace_seconds)
    if options.remove:
        shutil.rmtree(options.remove, ignore_errors=True)


def end_all(pids: Iterable[int], grace_seconds: float) -> None:
    """Interrupt each process, wait for all of them together, then kill what is left of their groups."""
    listed = list(pids)
    alive = [pid for pid in listed if _send(pid, signal.SIGINT, group=False)]
    deadline = time.monotonic() + grace_seconds
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [pid for pid in alive if is_running(pid)]
    for pid in listed:
        _send(pid, signal.SIGKILL, group=True)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie that only waits to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state != "Z"


def _listed_until_closed() -> set[int]:
    pids: set[int] = set()
    for line in sys.stdin:
        sign, digits = line[:1], line[1:].strip()
        if sign == "+":
            pids.add(int(digits))
        elif sign == "-":
            pids.discard(int(digits))
    return pids


def _send(pid: int, number: int, *, group: bool) -> bool:
    try:
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
