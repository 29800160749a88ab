"""Curves of groups of runs against a model that does it point by point."""

from __future__ import annotations

import math
import statistics
import tracemalloc
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.runs.metrics import aggregate
from apps.runs.metrics.aggregate import LastValues, StepAxis, curves
from apps.runs.metrics.points import Points
from tests.unit.metrics.model import INT64, value_key

RUNS = 6
VALUES = st.sampled_from([0.0, -0.0, 1.0, -7.5, math.nan]) | st.floats(-1e9, 1e9)
STEPS = st.integers(-5, 40)
POINTS = st.lists(st.tuples(st.integers(0, RUNS - 1), STEPS, st.integers(0, 3), VALUES), min_size=1, max_size=80)
GROUPS = st.lists(st.integers(-1, 2), min_size=RUNS, max_size=RUNS)

Point = tuple[int, int, int, float]


def naive(
    points: list[Point], group: list[int], first: int, last: int, most: int
) -> dict[tuple[int, int], list[float]]:
    """Group and part of the axis -> the last value of each of its runs there."""
    span = last - first + 1
    parts = min(span, most)
    edges = [first + span * part // parts for part in range(parts)]
    latest: dict[tuple[int, int], tuple[int, int, tuple[float, int]]] = {}
    value_of: dict[tuple[int, int], float] = {}
    for run, step, time, value in points:
        if math.isnan(value) or not first <= step <= last:
            continue
        key = run, max(part for part, edge in enumerate(edges) if edge <= step)
        rank = step, time, value_key(value)
        if key not in latest or rank > latest[key]:
            latest[key], value_of[key] = rank, value
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for (run, part), value in value_of.items():
        found[group[run], part].append(value)
    return found


@given(POINTS, GROUPS, st.integers(1, 50), st.integers(1, 5))
def test_curves_are_those_of_the_naive_model(points: list[Point], group: list[int], most: int, pieces: int) -> None:
    steps = [point[1] for point in points]
    first, last = min(steps), max(steps)
    axis = StepAxis.over(first, last, most)
    values = LastValues(RUNS, axis)
    for piece in range(pieces):
        some = points[piece::pieces]
        runs, at, times, logged = zip(*some, strict=True) if some else ((), (), (), ())
        values.add(Points.of_series("m", at, times, logged), np.array(runs, dtype=np.int64))
    found = curves(values.value, np.array(group), 3)
    expected = naive(points, group, first, last, most)
    for number, curve in enumerate(found):
        for part in range(len(axis)):
            inside = expected[number, part]
            assert curve.count[part] == len(inside)
            if not inside:
                assert all(map(math.isnan, (curve.min[part], curve.max[part], curve.mean[part], curve.median[part])))
                continue
            assert (curve.min[part], curve.max[part]) == (min(inside), max(inside))
            assert math.isclose(curve.mean[part], statistics.fmean(inside), rel_tol=1e-9, abs_tol=1e-6)
            assert math.isclose(curve.median[part], statistics.median(inside), rel_tol=1e-12, abs_tol=1e-300)


@given(INT64, INT64, st.integers(1, 1_000))
def test_every_step_of_the_range_falls_into_one_part(one: int, other: int, most: int) -> None:
    first, last = sorted((one, other))
    axis = StepAxis.over(first, last, most)
    assert len(axis) == min(most, last - first + 1)
    assert axis.parts_of(np.array([first, last])).tolist() == [0, len(axis) - 1]
    assert axis.parts_of(axis.edges).tolist() == list(range(len(axis)))


def test_short_range_has_a_part_a_step() -> None:
    assert StepAxis.over(3, 7, 100).edges.tolist() == [3, 4, 5, 6, 7]


def test_points_outside_the_axis_are_left_out() -> None:
    values = LastValues(1, StepAxis.over(10, 12, 5))
    values.add(Points.of_series("m", [9, 11, 13], [0, 0, 0], [1.0, 2.0, 3.0]), np.zeros(3, np.int64))
    assert values.value.tolist()[0][1] == 2.0
    assert np.isnan(values.value[0, [0, 2]]).all()


def test_infinities_count_and_a_group_without_runs_is_empty() -> None:
    matrix = np.array([[math.inf, math.inf], [1.0, -math.inf]])
    curve, empty = curves(matrix, np.array([0, 0]), 2)
    assert curve.max.tolist() == [math.inf, math.inf]
    assert curve.min.tolist() == [1.0, -math.inf]
    assert math.isnan(curve.mean[1])
    assert empty.count.tolist() == [0, 0]
    assert np.isnan(empty.median).all()


def test_huge_values_have_a_median() -> None:
    (curve,) = curves(np.array([[1.7e308], [1.5e308]]), np.array([0, 0]), 1)
    assert curve.median.tolist() == [1.6e308]


def test_ten_thousand_runs_stand_in_bounded_memory() -> None:
    matrix = np.zeros((10_000, 500))
    tracemalloc.start()
    (curve,) = curves(matrix, np.zeros(10_000, np.int64), 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert curve.count.tolist() == [10_000] * 500
    assert matrix.nbytes + peak < 64_000_000


def test_many_parts_are_reduced_in_blocks() -> None:
    matrix = np.arange(3 * 200, dtype=np.float64).reshape(3, 200)
    (curve,) = curves(matrix, np.zeros(3, np.int64), 1)
    assert len(curve.median) == 200 > aggregate.COLUMNS_AT_A_TIME
    assert curve.median.tolist() == matrix[1].tolist()
