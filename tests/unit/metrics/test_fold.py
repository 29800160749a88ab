from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.runs.metrics.fold import Summaries, combine, fold, from_metrics, to_metrics
from apps.runs.metrics.points import Points
from tests.unit.metrics.model import ROWS, Row, Summary, bits, summary, to_points

RUNS = st.lists(st.tuples(st.integers(0, 3) | st.just(5000), ROWS), max_size=5)


def _fold(batches: list[tuple[int, list[Row]]]) -> Summaries:
    rows = [row for _, batch in batches for row in batch]
    run = np.array([run for run, batch in batches for _ in batch], dtype=np.int64)
    return fold(to_points(rows), run)


def _read(found: Summaries) -> dict[tuple[int, str], Summary]:
    return {
        (run, metric.key): Summary(
            (metric.step, metric.timestamp_ms, bits(metric.value)),
            (metric.first_step, metric.first_timestamp_ms, bits(metric.first_value)),
            metric.min_value,
            metric.max_value,
            metric.point_count,
        )
        for run, metric in to_metrics(found)
    }


def _expected(batches: list[tuple[int, list[Row]]]) -> dict[tuple[int, str], Summary]:
    metrics: dict[tuple[int, str], list[Row]] = {}
    for run, rows in batches:
        for row in rows:
            metrics.setdefault((run, row[0].key), []).append(row)
    return {metric: summary(rows) for metric, rows in metrics.items()}


@given(RUNS)
def test_fold_is_the_naive_summary_of_each_metric(batches: list[tuple[int, list[Row]]]) -> None:
    assert _read(_fold(batches)) == _expected(batches)


@given(RUNS, RUNS)
def test_combine_is_the_fold_of_both(one: list[tuple[int, list[Row]]], other: list[tuple[int, list[Row]]]) -> None:
    assert _read(combine(_fold(one), _fold(other))) == _expected(one + other)


@given(RUNS, RUNS, RUNS)
def test_combine_is_associative_and_commutative(
    a: list[tuple[int, list[Row]]], b: list[tuple[int, list[Row]]], c: list[tuple[int, list[Row]]]
) -> None:
    x, y, z = _fold(a), _fold(b), _fold(c)
    assert _read(combine(combine(x, y), z)) == _read(combine(z, combine(y, x)))


@given(RUNS)
def test_metrics_round_trip(batches: list[tuple[int, list[Row]]]) -> None:
    found = _fold(batches)
    assert _read(from_metrics(list(to_metrics(found)))) == _read(found)


@given(ROWS)
def test_points_sent_again_change_the_count_alone(rows: list[Row]) -> None:
    once, twice = _read(_fold([(0, rows)])), _read(_fold([(0, rows), (0, rows)]))
    for metric, found in once.items():
        assert twice[metric] == found._replace(point_count=2 * found.point_count)


def test_nan_compares_as_zero_for_last_and_is_left_out_of_min_and_max() -> None:
    points = Points.from_columns(["x"] * 3, [7, 7, 7], [1, 1, 1], [math.nan, -1.0, -2.0])
    found = fold(points, np.zeros(3, np.int64))
    assert math.isnan(found.last_value[0])
    assert (found.min_value[0], found.max_value[0]) == (-2.0, -1.0)


def test_only_nan_has_neither_min_nor_max() -> None:
    found = fold(Points.of_series("x", [1], [1], [math.nan]), np.zeros(1, np.int64))
    assert math.isnan(found.min_value[0])
    assert math.isnan(found.max_value[0])
