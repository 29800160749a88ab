"""Every read is exact whatever the workers have, have not, or have half done."""

from __future__ import annotations

import math
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import NotFound
from apps.experiments.models import Experiment
from apps.projects.tenancy import bound
from apps.runs.metrics import digest, seal, worker
from apps.runs.metrics.ingest import log_metrics, log_points
from apps.runs.metrics.points import Series
from apps.runs.metrics.reads import histories, history, latest_metrics, run_points, series
from apps.runs.models import MetricSummary, RunStatus
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.metrics.model import INT64, VALUES, Row, bits, exact, merged, summary, to_points, to_rows
from tests.unit.metrics.runs import change_run, counts, curve, make_run

KEYS = st.sampled_from(["loss", "acc", "a/b", "zz"])
ROWS = st.lists(
    st.tuples(st.builds(Series, KEYS, st.sampled_from(["", "m-1"])), st.integers(0, 5) | INT64, INT64, VALUES),
    max_size=12,
)
ACTIONS = st.lists(ROWS | st.sampled_from(["fold", "seal", "digest"]), min_size=1, max_size=12)


def _act(access: Access, run_id: uuid.UUID, action: list[Row] | str) -> None:
    project_id = access.project.id
    if action == "fold":
        digest.fold_batch(project_id)
    elif action == "seal":
        seal.seal_pass(project_id, [run_id])
    elif action == "digest":
        worker.digest_project(project_id)
    elif action:
        log_points(access, run_id=run_id, points=to_points(action))  # type: ignore[arg-type]


@given(ACTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reads_are_exact_between_any_steps_of_the_workers(cast: Cast, actions: list[list[Row] | str]) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    rows: list[Row] = []
    for action in actions:
        _act(access, run_id, action)
        rows += action if isinstance(action, list) else []
        assert exact(to_rows(run_points(access, run_id))) == exact(merged(rows))
        for key in ("loss", "a/b"):
            expected = merged(row for row in rows if row[0].key == key)
            assert exact(to_rows(history(access, run_id, key))) == exact(expected)
        _check_summaries(access, run_id, rows)


def _check_summaries(access: Access, run_id: uuid.UUID, rows: list[Row]) -> None:
    found = latest_metrics(access, [run_id]).get(run_id, [])
    assert [metric.key for metric in found] == sorted({row[0].key for row in rows})
    for metric in found:
        expected = summary([row for row in rows if row[0].key == metric.key])
        assert (metric.step, metric.timestamp_ms, _unsigned(bits(metric.value))) == (
            *expected.last[:2],
            _unsigned(expected.last[2]),
        )
        assert (metric.first_step, metric.first_timestamp_ms, _unsigned(bits(metric.first_value))) == (
            *expected.first[:2],
            _unsigned(expected.first[2]),
        )
        assert (metric.min_value, metric.max_value) == (expected.min, expected.max)
        assert metric.point_count == expected.point_count


def _unsigned(value: bytes) -> bytes:
    """SQL cannot tell the zeros apart: of equal points the stored one stays."""
    return value.replace(bits(-0.0), bits(0.0))


def test_nan_and_infinities_survive_every_step(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    values = [math.nan, math.inf, -math.inf, 1.7976931348623157e308, 5e-324]
    log_metrics(access, run_id=run_id, keys=["x"] * 5, steps=range(5), timestamps_ms=[1] * 5, values=values)
    change_run(access, run_id, status=RunStatus.FINISHED)
    for _ in range(2):
        assert list(map(bits, history(access, run_id, "x").value.tolist())) == list(map(bits, values))
        (metric,) = series(access, run_id)
        assert (metric.min_value, metric.max_value) == (-math.inf, math.inf)
        worker.digest_project(access.project.id, everything=True)
    assert counts(access, run_id) == (0, 0, 1)


def test_history_of_many_runs_and_keys(cast: Cast) -> None:
    access = cast.member.access()
    runs = [make_run(access) for _ in range(3)]
    for place, run_id in enumerate(runs):
        for key in ("a", "b", "c"):
            log_points(access, run_id=run_id, points=curve(key, place, 10))
    seal_first = runs[0]
    digest.fold_batch(access.project.id)
    seal.seal_pass(access.project.id, [seal_first])
    found = histories(access, runs, ["a", "c", "none"])
    for place, run_id in enumerate(runs):
        assert found[run_id]["a"].step.tolist() == list(range(place, place + 10))
        assert found[run_id]["c"].series == (Series("c"),)
        assert len(found[run_id]["none"]) == 0


def test_unknown_and_foreign_runs_are_not_found_alike(cast: Cast) -> None:
    access, stranger = cast.member.access(), cast.stranger.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=curve("x", 0, 3))
    for read in (lambda who, run: history(who, run, "x"), run_points, series):
        for who, run in ((stranger, run_id), (access, uuid.uuid4())):
            with pytest.raises(NotFound, match="not found"):
                read(who, run)
    assert latest_metrics(stranger, [run_id]) == {}


def test_run_without_metrics_has_none(cast: Cast) -> None:
    access = cast.viewer.access()
    run_id = make_run(cast.member.access())
    assert series(access, run_id) == []
    assert len(history(access, run_id, "x")) == 0
    assert len(run_points(access, run_id)) == 0


def test_fold_dirty_makes_summaries_searchable_and_is_one_statement_when_clean(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    for start in range(0, 30, 10):
        log_points(access, run_id=run_id, points=curve("x", start, 10))
    with bound(access):
        experiment_id = Experiment.objects.in_project(access).get().pk
    digest.fold_dirty(access, [experiment_id])
    with bound(access):
        row = MetricSummary.objects.in_project(access).get(run_id=run_id, key="x")
    assert (row.last_step, row.last_value, row.point_count) == (29, 1 / 30, 30)
    with CaptureQueriesContext(connection) as captured:
        digest.fold_dirty(access, [experiment_id])
    assert sum("runs_metric" in query["sql"] for query in captured.captured_queries) == 1
    assert counts(access, run_id) == (0, 1 * 3, 0)


def test_fold_dirty_of_other_experiments_leaves_points_alone(cast: Cast) -> None:
    access = cast.member.access()
    run_id = make_run(access)
    log_points(access, run_id=run_id, points=curve("x", 0, 3))
    digest.fold_dirty(access, [2**40])
    digest.fold_dirty(cast.stranger.access())
    assert counts(access, run_id) == (1, 0, 0)
