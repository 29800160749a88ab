"""The last points of metrics of models: the same whatever is folded, sealed or on its way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.ids import model_id, uuid7
from apps.projects.tenancy import bound
from apps.runs.metrics.digest import fold_batch, fold_dirty
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.points import Series
from apps.runs.metrics.worker import digest_project
from apps.runs.models import ModelMetric, RunStatus
from apps.teams.access import Access
from tests.factories.cast import Cast
from tests.unit.metrics.model import INT64, VALUES, Row, bits, to_points, value_key
from tests.unit.metrics.runs import change_run, counts, make_run

pytestmark = pytest.mark.django_db

MODELS = [uuid.UUID(int=1), uuid.UUID(int=2)]
NAMES = [model_id(model) for model in MODELS]
DATASETS = st.sampled_from([("", ""), ("taxi", ""), ("taxi", "d1"), ("", "d1"), ("ü", "d1")])
SERIES = st.builds(
    lambda key, model, dataset: Series(key, model, *dataset),
    st.sampled_from(["rmse", "a/b"]),
    st.sampled_from([*NAMES, "", "m-x", NAMES[0].upper()]),
    DATASETS,
)
ROWS = st.lists(st.tuples(SERIES, st.integers(-2, 2) | INT64, st.integers(0, 2), VALUES), max_size=12)
BATCHES = st.lists(st.tuples(st.integers(0, 1), ROWS), max_size=4)

Found = dict[tuple[uuid.UUID, uuid.UUID, str, str, str], tuple[int, int, bytes]]


@pytest.fixture
def access(cast: Cast) -> Access:
    return cast.member.access()


def log(access: Access, run_id: uuid.UUID, *rows: Row) -> None:
    log_points(access, run_id=run_id, points=to_points(rows))


def stored(access: Access) -> Found:
    """By model, run, key and dataset: step, time and bits of the last value."""
    with bound(access, readonly=True):
        return {
            (row.model_id, row.run_id, row.key, row.dataset_name, row.dataset_digest): (
                row.last_step,
                row.last_timestamp_ms,
                bits(float("nan") if row.last_value is None else row.last_value + 0.0),
            )
            for row in ModelMetric.objects.in_project(access)
        }


def expected(logged: Iterable[tuple[uuid.UUID, Row]]) -> Found:
    """The same in plain Python."""
    found: dict[tuple[uuid.UUID, uuid.UUID, str, str, str], Row] = {}
    for run_id, row in logged:
        series = row[0]
        if series.model_id not in NAMES:
            continue
        place = MODELS[NAMES.index(series.model_id)], run_id, series.key, series.dataset_name, series.dataset_digest
        if place not in found or order(row) > order(found[place]):
            found[place] = row
    # SQLite forgets the sign of a zero.
    return {place: (step, time, bits(value + 0.0)) for place, (_, step, time, value) in found.items()}


def order(row: Row) -> tuple[object, ...]:
    return row[1], row[2], value_key(row[3])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(BATCHES, st.lists(st.sampled_from(["fold", "digest", "end", "nothing"]), min_size=4, max_size=4))
def test_stored_is_the_last_point_of_each_series_whatever_happened_between(
    access: Access, batches: list[tuple[int, list[Row]]], between: list[str]
) -> None:
    with bound(access):
        ModelMetric.objects.in_project(access).delete()
    runs = [make_run(access), make_run(access)]
    logged: list[tuple[uuid.UUID, Row]] = []
    for (number, rows), step in zip(batches, between, strict=False):
        if rows:
            log(access, runs[number], *rows)
        logged += [(runs[number], row) for row in rows]
        happen(access, runs[number], step)
    fold_dirty(access)
    assert stored(access) == expected(logged)
    for run in runs:
        change_run(access, run, status=RunStatus.FINISHED)
    digest_project(access.project.id, everything=True)
    assert stored(access) == expected(logged)


def happen(access: Access, run_id: uuid.UUID, step: str) -> None:
    if step == "fold":
        fold_batch(access.project.id)
    elif step == "digest":
        digest_project(access.project.id)
    elif step == "end":
        change_run(access, run_id, status=RunStatus.FINISHED)
        digest_project(access.project.id, everything=True)


def test_a_late_point_of_an_earlier_step_changes_nothing(access: Access) -> None:
    run_id, series = make_run(access), Series("rmse", NAMES[0])
    log(access, run_id, (series, 5, 10, 0.5))
    fold_dirty(access)
    before = stored(access)
    log(access, run_id, (series, 4, 99, 9.0), (series, 5, 9, 9.0), (series, 5, 10, 0.4))
    fold_dirty(access)
    assert stored(access) == before
    log(access, run_id, (series, 5, 11, 0.1))
    fold_dirty(access)
    assert list(stored(access).values()) == [(5, 11, bits(0.1))]


def test_points_without_a_model_leave_no_row(access: Access) -> None:
    run_id = make_run(access)
    log(access, run_id, (Series("rmse"), 0, 1, 1.0), (Series("rmse", "", "taxi", "d1"), 0, 1, 1.0))
    fold_dirty(access)
    assert stored(access) == {}


def test_many_small_blocks_and_many_series_of_one_run(access: Access) -> None:
    run_id = make_run(access)
    for step in range(20):
        log(access, run_id, (Series("rmse", NAMES[0]), step, step, float(step)))
    log(access, run_id, *((Series(f"k{number}", NAMES[1], "taxi", "d1"), 0, 1, 1.0) for number in range(1_200)))
    fold_dirty(access)
    found = stored(access)
    assert len(found) == 1_201
    assert found[MODELS[0], run_id, "rmse", "", ""] == (19, 19, bits(19.0))


def test_a_sealed_run_keeps_them_and_takes_more(access: Access) -> None:
    run_id, series = make_run(access), Series("rmse", NAMES[0], "taxi", "d1")
    log(access, run_id, (series, 1, 1, 1.0))
    change_run(access, run_id, status=RunStatus.FINISHED)
    digest_project(access.project.id, everything=True)
    assert counts(access, run_id) == (0, 0, 1)
    log(access, run_id, (series, 2, 1, float("nan")))
    digest_project(access.project.id)
    assert list(stored(access).values()) == [(2, 1, bits(float("nan")))]


def test_models_of_another_project_are_told_apart(access: Access, cast: Cast) -> None:
    stranger, model = cast.stranger.access(), uuid7()
    series = Series("rmse", model_id(model))
    log(access, make_run(access), (series, 0, 1, 1.0))
    log(stranger, make_run(stranger), (series, 0, 1, 2.0))
    for each in (access, stranger):
        fold_dirty(each)
    assert [bits(1.0)] == [value for *_, value in stored(access).values()]
    assert [bits(2.0)] == [value for *_, value in stored(stranger).values()]
