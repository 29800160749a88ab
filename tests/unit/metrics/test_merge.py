from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.runs.metrics.merge import by_time, merge, merge_groups
from apps.runs.metrics.points import Points, concat
from tests.unit.metrics.model import ROWS, Row, exact, merged, same_columns, to_points, to_rows, value_key


@given(ROWS)
def test_merge_sorts_and_collapses_exact_duplicates(rows: list[Row]) -> None:
    assert exact(to_rows(merge(to_points(rows + rows[:5])))) == exact(merged(rows))


@given(ROWS, st.randoms(use_true_random=False))
def test_merge_does_not_depend_on_the_order_of_arrival(rows: list[Row], shuffler: random.Random) -> None:
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    one, other = merge(to_points(rows)), merge(to_points(shuffled))
    assert exact(to_rows(one)) == exact(to_rows(other))
    assert one.series == other.series == tuple(sorted({row[0] for row in rows}))


@given(ROWS)
def test_merge_of_merged_changes_nothing(rows: list[Row]) -> None:
    once = merge(to_points(rows))
    assert same_columns(merge(once), once)


@given(st.lists(ROWS, max_size=5))
def test_concat_keeps_all_points_in_order(parts: list[list[Row]]) -> None:
    points = concat([to_points(rows) for rows in parts])
    assert exact(to_rows(points)) == exact([row for rows in parts for row in rows])
    assert len(set(points.series)) == len(points.series)


@given(ROWS)
def test_by_time_is_mlflows_order_of_history(rows: list[Row]) -> None:
    found = to_rows(by_time(merge(to_points(rows))))
    expected = sorted(merged(rows), key=lambda row: (row[2], row[1], value_key(row[3]), row[0]))
    assert exact(found) == exact(expected)


@given(ROWS)
def test_of_key_keeps_one_key(rows: list[Row]) -> None:
    assert exact(to_rows(to_points(rows).of_key("loss"))) == exact([row for row in rows if row[0].key == "loss"])


@given(st.lists(st.tuples(st.integers(0, 3) | st.just(5000), ROWS), max_size=6))
def test_merge_of_groups_is_the_merge_of_each(batches: list[tuple[int, list[Row]]]) -> None:
    group = np.array([number for number, rows in batches for _ in rows], dtype=np.int64)
    points, groups = merge_groups(to_points(row for _, rows in batches for row in rows), group)
    assert groups.tolist() == sorted(groups.tolist())
    for number in {number for number, _ in batches}:
        expected = merged(row for of, rows in batches if of == number for row in rows)
        assert exact(to_rows(points.take(groups == number))) == exact(expected)


def test_merge_of_nothing() -> None:
    assert len(merge(Points.empty())) == 0
