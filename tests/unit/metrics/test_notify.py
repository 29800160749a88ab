from __future__ import annotations

import threading
import time

from apps.runs.metrics.notify import DirtyProjects


def test_notes_within_the_interval_are_sent_once() -> None:
    sent: list[int] = []
    dirty = DirtyProjects(sent.append, interval_seconds=0.05)
    for _ in range(100):
        dirty.note(1)
        dirty.note(2)
    time.sleep(0.2)
    assert sorted(sent) == [1, 2]
    dirty.note(1)
    time.sleep(0.2)
    assert sorted(sent) == [1, 1, 2]


def test_broker_that_is_away_neither_fails_nor_delays_a_note() -> None:
    tried = threading.Event()

    def send(_project_id: int) -> None:
        tried.set()
        time.sleep(0.3)
        raise ConnectionRefusedError

    dirty = DirtyProjects(send, interval_seconds=0.01)
    dirty.note(1)
    assert tried.wait(2)
    started = time.perf_counter()
    for project_id in range(100):
        dirty.note(project_id)
    assert time.perf_counter() - started < 0.1
    tried.clear()
    assert tried.wait(2), "the thread must outlive a broker that is away"
