"""Writers, workers and readers at once. PostgreSQL only: SQLite in memory is one connection's, and has one writer."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.runs.metrics import worker
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.reads import history, latest_metrics
from apps.runs.models import RunStatus
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.metrics.runs import change_run, counts, curve, make_run

BLOCKS = 150


@pytest.mark.django_db(transaction=True)
def test_reads_beside_writers_and_workers_miss_nothing_and_nothing_is_folded_twice(cast: Cast) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("Needs connections of their own.")
    access = cast.member.access()
    run_id = make_run(access)
    # Ended, so that whatever is folded is sealed at once: points move under the readers all the time.
    change_run(access, run_id, status=RunStatus.FINISHED)
    acknowledged, done = [0], threading.Event()

    def log() -> None:
        for place in range(BLOCKS):
            log_points(access, run_id=run_id, points=curve("x", 3 * place, 3))
            acknowledged[0] = 3 * (place + 1)
        done.set()

    def digest() -> None:
        while not done.is_set():
            worker.digest_project(access.project.id)

    def read() -> None:
        while not done.is_set():
            _check(access, run_id, acknowledged)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(_closing, work) for work in (log, digest, digest, read, read)]:
            future.result()
    worker.digest_project(access.project.id)
    (metric,) = latest_metrics(access, [run_id])[run_id]
    assert (metric.step, metric.point_count) == (3 * BLOCKS - 1, 3 * BLOCKS)
    assert history(access, run_id, "x").step.tolist() == list(range(3 * BLOCKS))
    assert counts(access, run_id) == (0, 0, 1)


def _check(access: Access, run_id: uuid.UUID, acknowledged: list[int]) -> None:
    least = acknowledged[0]
    steps = history(access, run_id, "x").step.tolist()
    assert steps == list(range(len(steps)))
    assert len(steps) >= least
    for metric in latest_metrics(access, [run_id]).get(run_id, []):
        assert metric.step + 1 == metric.point_count >= least


def _closing(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()
