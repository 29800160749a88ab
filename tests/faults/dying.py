"""Processes that end as power does, between two statements."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connection


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
