"""Ingest: every acknowledged point is stored once for its run, and nobody else's request suffers for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.common.errors import Conflict, DomainError, InvalidInput, NotFound, PermissionDenied, StorageUnavailable
from apps.experiments.models import Lifecycle
from apps.projects.tenancy import bound
from apps.runs.metrics.codec import MAX_POINTS
from apps.runs.metrics.ingest import log_metrics, log_points
from apps.runs.metrics.points import Points, Series
from apps.runs.metrics.reads import history, run_points
from apps.teams.access import Access, StaleAccess
from apps.teams.services import bump_epoch
from tests.factories.cast import Cast
from tests.unit.metrics.runs import change_run, counts, curve, make_run

Result = TypeVar("Result")


def _log(access: Access, run_id: uuid.UUID, key: str = "loss", step: int = 0) -> None:
    log_metrics(access, run_id=run_id, keys=[key], steps=[step], timestamps_ms=[1], values=[0.5])


def _in_threads(work: Callable[[int], Result], count: int, *, threads: int = 8) -> list[Result]:
    def run(place: int) -> Result:
        try:
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(count)))


def _outcome(work: Callable[[], None]) -> str:
    try:
        work()
    except DomainError as error:
        return error.code
    return "stored"


def test_points_are_stored_for_their_run(cast: Cast) -> None:
    access = cast.member.access()
    run_id, other = make_run(access), make_run(access)
    log_points(access, run_id=run_id, points=curve("loss", 0, 100))
    _log(access, other, step=7)
    assert history(access, run_id, "loss").step.tolist() == list(range(100))
    assert history(access, other, "loss").step.tolist() == [7]


def test_points_beyond_one_block_make_more(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=curve("loss", 0, MAX_POINTS + 1))
    assert counts(access, run_id) == (2, 0, 0)
    assert len(history(access, run_id, "loss")) == MAX_POINTS + 1


def test_no_points_write_nothing(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=Points.empty())
    log_metrics(access, run_id=run_id, keys=[], steps=[], timestamps_ms=[], values=[])
    assert counts(access, run_id) == (0, 0, 0)


def test_same_request_twice_is_the_same_points(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    for _ in range(2):
        log_points(access, run_id=run_id, points=curve("loss", 0, 10))
    assert len(history(access, run_id, "loss")) == 10


def test_unknown_and_foreign_run_are_refused_alike(cast: Cast) -> None:
    access = cast.member.access()
    run_id, unknown = make_run(access), uuid.uuid4()
    for who, run in ((cast.stranger.access(), run_id), (access, unknown)):
        with pytest.raises(NotFound) as refused:
            _log(who, run)
        assert (refused.value.code, refused.value.message) == ("run_not_found", f"Run with id={run.hex} not found")
    assert counts(access, run_id) == (0, 0, 0)


def test_deleted_run_is_refused(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    change_run(access, run_id, lifecycle=Lifecycle.DELETED)
    with pytest.raises(Conflict, match="must be in the 'active' state"):
        _log(access, run_id)
    assert counts(access, run_id) == (0, 0, 0)


def test_viewer_may_not_log(cast: Cast) -> None:
    run_id = make_run(cast.member.access())
    with pytest.raises(PermissionDenied):
        _log(cast.viewer.access(), run_id)


def test_rights_that_changed_are_looked_at_again(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    bump_epoch(cast.team.pk)
    with pytest.raises(StaleAccess):
        _log(access, run_id)
    _log(cast.member.access(), run_id)
    assert counts(cast.member.access(), run_id) == (1, 0, 0)


@pytest.mark.parametrize("key", ["", "x" * 251, "a\0b", Series("a\0b", "m-1")])
def test_key_that_cannot_be_held_is_refused(cast: Cast, key: str | Series) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    with pytest.raises(InvalidInput):
        log_metrics(access, run_id=run_id, keys=["fine", key], steps=[1, 1], timestamps_ms=[1, 1], values=[1, 1])
    with pytest.raises(InvalidInput):
        log_points(access, run_id=run_id, points=Points.of_series(key, [1], [1], [1.0]))
    assert counts(access, run_id) == (0, 0, 0)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_number_that_does_not_fit_is_refused(cast: Cast, number: int) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    with pytest.raises(InvalidInput):
        _log(access, run_id, step=number)


def test_points_in_a_transaction_are_stored_or_lost_with_it(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    with bound(access):
        _log(access, run_id, step=1)
        transaction.set_rollback(True)
    assert len(history(access, run_id, "loss")) == 0
    with bound(access):
        _log(access, run_id, step=2)
        assert history(access, run_id, "loss").step.tolist() == [2]
    assert history(access, run_id, "loss").step.tolist() == [2]


def test_refusal_leaves_the_transaction_usable(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    with bound(access):
        with pytest.raises(NotFound):
            _log(access, uuid.uuid4())
        _log(access, run_id)
    assert counts(access, run_id) == (1, 0, 0)


@pytest.mark.django_db(transaction=True)
class TestGroupCommit:
    """Outside a transaction, requests of one moment share one."""

    def test_one_statement_a_request(self, cast: Cast) -> None:
        access = cast.member.access()
        run_id = make_run(access)
        with CaptureQueriesContext(connection) as captured:
            _log(access, run_id)
        (statement,) = [
            query["sql"] for query in captured.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))
        ]
        expected = "runs_log_blocks" if connection.vendor == "postgresql" else "INSERT INTO runs_metricblock"
        assert expected in statement

    def test_concurrent_requests_lose_nothing(self, cast: Cast) -> None:
        access = cast.member.access()
        runs = [make_run(access) for _ in range(3)]
        _in_threads(lambda place: _log(access, runs[place % 3], step=place), 240)
        for offset, run_id in enumerate(runs):
            assert history(access, run_id, "loss").step.tolist() == list(range(offset, 240, 3))

    def test_each_of_a_batch_gets_its_own_outcome(self, cast: Cast) -> None:
        access, rival = cast.member.access(), cast.stranger.access()
        run_id, deleted, rival_run = make_run(access), make_run(access), make_run(rival)
        change_run(access, deleted, lifecycle=Lifecycle.DELETED)
        stale = replace(access, team=replace(access.team, epoch=access.team.epoch - 1))
        cases = [
            (access, run_id, "stored"), (access, deleted, "run_not_active"), (access, rival_run, "run_not_found"),
            (rival, rival_run, "stored"), (access, uuid.uuid4(), "run_not_found"), (stale, run_id, "stale_access"),
        ]  # fmt: skip

        def log(place: int) -> str:
            who, run, _ = cases[place % len(cases)]
            return _outcome(lambda: _log(who, run, step=place))

        outcomes = _in_threads(log, 96, threads=12)
        assert outcomes == [cases[place % len(cases)][2] for place in range(96)]
        assert history(access, run_id, "loss").step.tolist() == list(range(0, 96, 6))
        assert history(rival, rival_run, "loss").step.tolist() == list(range(3, 96, 6))
        assert len(run_points(access, deleted)) == 0

    def test_batch_that_fails_fails_its_requests_and_the_next_works(self, cast: Cast) -> None:
        access = cast.member.access()
        run_id = make_run(access)

        def broken(*_: object) -> None:
            raise OperationalError("the disk is full")

        with connection.execute_wrapper(broken), pytest.raises(StorageUnavailable) as refused:
            _log(access, run_id)
        assert refused.value.code == "metrics_not_stored"
        _log(access, run_id, step=5)
        assert history(access, run_id, "loss").step.tolist() == [5]

    def test_dead_connection_is_replaced_for_the_next_request(self, cast: Cast) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has no connection that can die.")
        access = cast.member.access()
        run_id = make_run(access)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_terminate, pid).result()
        assert _outcome(lambda: _log(access, run_id, step=1)) == "metrics_not_stored"
        assert _outcome(lambda: _log(access, run_id, step=2)) == "stored"
        assert history(access, run_id, "loss").step.tolist() == [2]

    def test_rolled_back_transaction_beside_it_takes_nothing_along(self, cast: Cast) -> None:
        access = cast.member.access()
        run_id = make_run(access)
        with transaction.atomic():
            _log(access, run_id, step=1)
            transaction.set_rollback(True)
        _log(access, run_id, step=2)
        assert history(access, run_id, "loss").step.tolist() == [2]


def _terminate(pid: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        connection.close()
