"""Readiness: what hangs holds up nobody, what fails is named, and nobody can have it asked all the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from apps.common.monitoring.readiness import FAILED, OK, SLOW, Readiness


def fails() -> None:
    raise OSError("connection to 10.1.2.3 refused")


def waits_for(event: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        event.wait(30)

    return wait


def counted(calls: list[float]) -> Callable[[], None]:
    return lambda: calls.append(time.monotonic())


def test_each_part_is_named_with_what_is_the_matter() -> None:
    held = threading.Event()
    readiness = Readiness({"a": lambda: None, "b": fails, "c": waits_for(held)}, timeout_seconds=0.2)
    began = time.monotonic()
    assert readiness.report() == {"a": OK, "b": FAILED, "c": SLOW}
    assert time.monotonic() - began < 1
    held.set()


def test_a_report_serves_everybody_for_a_while() -> None:
    calls: list[float] = []
    readiness = Readiness({"a": counted(calls)}, kept_seconds=0.5)
    for _ in range(50):
        readiness.report()
    assert len(calls) == 1
    time.sleep(0.6)
    readiness.report()
    assert len(calls) == 2


def test_what_hangs_is_asked_once_and_recovers() -> None:
    held, calls = threading.Event(), []

    def hangs() -> None:
        calls.append(1)
        held.wait(30)

    readiness = Readiness({"a": hangs}, timeout_seconds=0.1, kept_seconds=0)
    assert [readiness.report() for _ in range(3)] == [{"a": SLOW}] * 3
    assert len(calls) == 1
    held.set()
    time.sleep(0.05)
    assert readiness.report() == {"a": OK}


def test_who_asks_meanwhile_does_not_wait() -> None:
    held = threading.Event()
    readiness = Readiness({"a": waits_for(held)}, timeout_seconds=0.1, kept_seconds=0)
    readiness.report()
    slow = Readiness({"a": lambda: time.sleep(0.5)}, timeout_seconds=1, kept_seconds=0)
    slow.report()
    asking = threading.Thread(target=slow.report)
    asking.start()
    time.sleep(0.1)
    began = time.monotonic()
    assert slow.report() == {"a": OK}
    assert time.monotonic() - began < 0.2
    asking.join()
    held.set()
