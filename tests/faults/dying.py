"""Processes that end as power does, between two statements."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def deaths(module: str, url: str, folder: Path) -> int:
    """Run a module of this package, whose processes die, on an empty database; the number that it prints.

    Raises:
        AssertionError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{module}"],
        cwd=ROOT,
        # A killed process loses nothing that it has written: only a power cut would need the slower setting.
        env={
            **os.environ,
            "RUNFOLD_DATABASE_URL": url,
            "RUNFOLD_DATA_DIR": str(folder),
            "RUNFOLD_ARTIFACT_STORE": f"file://{folder}/artifacts",
            "RUNFOLD_SQLITE_SYNCHRONOUS": "NORMAL",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return int(done.stdout)


def dies(work: Callable[[], object], moment: int) -> bool:
    """Do some work in a child that dies before (even moments) or after (odd ones) a statement; whether it did.

    Raises:
        AssertionError: the work failed before that.
    """
    connection.close()
    child = os.fork()
    if child == 0:
        with connection.execute_wrapper(_Executioner(moment)):
            work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.waitstatus_to_exitcode(status):
        raise AssertionError(f"The work failed at {moment}.")
    return False


class _Executioner:
    """Ends the process at a moment counted in statements."""

    def __init__(self, moment: int) -> None:
        self._left = moment

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._pass()
        result = execute(*arguments)
        self._pass()
        return result

    def _pass(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1
