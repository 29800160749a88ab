"""One metric of many runs as curves of a group: at each part of the step axis min, max, mean, median and run count.

A run counts once in each part: with its last value there, NaN left out. Last, and not the mean of the part: it is a
value that was logged, it does not depend on how often the run logs, and the latest value of a curve is the one that
tables of runs show. Pure: arrays in, arrays out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.runs.metrics.merge import value_rank
from apps.runs.metrics.points import Float64s, Int64s, Points

COLUMNS_AT_A_TIME = 32
"""Parts of the axis reduced together: what is sorted is a copy, and must stay small beside the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class StepAxis:
    """The steps from `first` to `last` in equal parts; `edges` holds the first step of each."""

    first: int
    last: int
    edges: Int64s

    @classmethod
    def over(cls, first: int, last: int, most: int) -> StepAxis:
        """At most `most` parts, one a step where the range is short."""
        # In Python's integers, as the range of int64 does not fit int64.
        span = last - first + 1
        count = min(span, most)
        return cls(first, last, np.array([first + span * part // count for part in range(count)], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.edges)

    def parts_of(self, step: Int64s) -> Int64s:
        """The part in which each step falls; those before `first` give -1."""
        return np.searchsorted(self.edges, step, side="right").astype(np.int64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Columns of one entry a part of the axis; NaN where no run has a value (`count` is 0)."""

    min: Float64s
    max: Float64s
    mean: Float64s
    median: Float64s
    count: Int64s


class LastValues:
    """The last value of each run in each part of an axis, from points that come piece by piece and in any order.

    Attributes:
        value: a row a run, a column a part; NaN where there is none.
    """

    def __init__(self, runs: int, axis: StepAxis) -> None:
        self.axis = axis
        self.value: Float64s = np.full((runs, len(axis)), np.nan)
        self._step = np.zeros((runs, len(axis)), np.int64)
        self._timestamp_ms = np.zeros((runs, len(axis)), np.int64)

    def add(self, points: Points, run: Int64s) -> None:
        """Take in points of one metric; `run` numbers the run of each. What lies outside the axis is left out."""
        part = self.axis.parts_of(points.step)
        real = np.flatnonzero(~np.isnan(points.value) & (part >= 0) & (points.step <= self.axis.last))
        cell = (run[real] * len(self.axis) + part[real]).astype(np.int64)
        step, timestamp_ms, value = points.step[real], points.timestamp_ms[real], points.value[real]
        if not _is_ordered(cell, step):
            order = np.lexsort((value_rank(value), timestamp_ms, step, cell))
            cell, step, timestamp_ms, value = cell[order], step[order], timestamp_ms[order], value[order]
        ends = np.append(np.flatnonzero(cell[1:] != cell[:-1]), len(cell) - 1) if len(cell) else cell
        self._take(cell[ends], step[ends], timestamp_ms[ends], value[ends])

    def _take(self, cell: Int64s, step: Int64s, timestamp_ms: Int64s, value: Float64s) -> None:
        steps, times, values = self._step.ravel(), self._timestamp_ms.ravel(), self.value.ravel()
        later_time = (timestamp_ms > times[cell]) | (
            (timestamp_ms == times[cell]) & (value_rank(value) > value_rank(values[cell]))
        )
        wins = np.isnan(values[cell]) | (step > steps[cell]) | ((step == steps[cell]) & later_time)
        cell = cell[wins]
        steps[cell], times[cell], values[cell] = step[wins], timestamp_ms[wins], value[wins]


def curves(values: Float64s, group: Int64s, groups: int) -> list[Curve]:
    """The curve of each group.

    Args:
        values: a row a run, a column a part of the axis; NaN are missing.
        group: the group of each run, -1 for none.
        groups: how many there are.
    """
    return [_curve(values, np.flatnonzero(group == number)) for number in range(groups)]


def _curve(values: Float64s, rows: Int64s) -> Curve:
    blocks = [_reduced(values[rows, start:end]) for start, end in _blocks(values.shape[1])]
    return Curve(*(np.concatenate(columns) for columns in zip(*blocks, strict=True)))


def _blocks(width: int) -> Iterator[tuple[int, int]]:
    for start in range(0, width, COLUMNS_AT_A_TIME):
        yield start, min(start + COLUMNS_AT_A_TIME, width)


def _reduced(values: Float64s) -> tuple[Float64s, Float64s, Float64s, Float64s, Int64s]:
    # NaN sort to the end.
    ranked = np.sort(values, axis=0)
    count = np.count_nonzero(~np.isnan(ranked), axis=0).astype(np.int64)
    column = np.arange(ranked.shape[1])
    if not len(ranked):
        nothing = np.full(len(column), np.nan)
        return nothing, nothing, nothing, nothing, count
    last = np.maximum(count - 1, 0)
    # Infinities of both signs have no mean: NaN, as for whoever adds them.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = np.nansum(ranked, axis=0) / np.where(count, count, np.nan)
        lower, upper = ranked[last // 2, column], ranked[(last + 1) // 2, column]
        median = np.where(lower == upper, lower, lower / 2 + upper / 2)
    # A copy: a view would keep all of `ranked`.
    return ranked[0].copy(), ranked[last, column], mean, median, count


def _is_ordered(cell: Int64s, step: Int64s) -> bool:
    """Whether cells never fall and steps strictly rise inside each, as in most logging."""
    same = cell[1:] == cell[:-1]
    rising = (cell[1:] > cell[:-1]) | (same & (step[1:] > step[:-1]))
    return bool(rising.all())
