"""Summaries of many runs' metrics at once, and summaries of summaries: no loop over points or keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from apps.runs.metrics.merge import value_rank
from apps.runs.metrics.points import Bools, Float64s, Int32s, Int64s, Points

_MANY = 4
"""Cells of the run x key grid per row from which on the grid is squeezed to the cells in use."""


class Metric(NamedTuple):
    """What is known of one metric of one run. The first four fields are the latest point, as MLflow defines it.

    `min_value` and `max_value` leave NaN out and are None when every point is NaN. `point_count` counts points as they
    were logged: one that was sent twice counts twice.
    """

    key: str
    value: float
    timestamp_ms: int
    step: int
    first_value: float
    first_timestamp_ms: int
    first_step: int
    min_value: float | None
    max_value: float | None
    point_count: int


@dataclass(frozen=True, slots=True, eq=False)
class Summaries:
    """One row per metric (run and key), in columns of equal length, in order of run, then of key.

    A metric is all series of one key: as in MLflow, models and datasets do not part it.

    Attributes:
        keys: Table of keys.
        run: The run of each row, as a number that the caller chose.
        key: Position in `keys`.
        last_value: Value of the greatest point by (step, timestamp, value); NaN counts as 0 in
            that comparison and loses to a true 0. Likewise `last_step`, `last_timestamp_ms`.
        first_value: Value of the least point by the same order; likewise its step and timestamp.
        min_value: Least value, NaN left out; NaN where every value is NaN.
        max_value: Greatest value, likewise.
        count: Points as logged: the same point sent twice counts twice until it is sealed, and
            last, first, min and max do not change by it.
    """

    keys: tuple[str, ...]
    run: Int64s
    key: Int32s
    last_value: Float64s
    last_step: Int64s
    last_timestamp_ms: Int64s
    first_value: Float64s
    first_step: Int64s
    first_timestamp_ms: Int64s
    min_value: Float64s
    max_value: Float64s
    count: Int64s

    def __len__(self) -> int:
        return len(self.run)


def fold(points: Points, run: Int64s) -> Summaries:
    """The summaries of points; `run` numbers the run that each point belongs to (small, >= 0)."""
    keys = tuple(dict.fromkeys(series.key for series in points.series))
    places = {key: place for place, key in enumerate(keys)}
    remap = np.array([places[series.key] for series in points.series], dtype=np.int32)
    each = Summaries(
        keys=keys,
        run=run,
        key=remap[points.index] if len(points) else points.index,
        last_value=points.value,
        last_step=points.step,
        last_timestamp_ms=points.timestamp_ms,
        first_value=points.value,
        first_step=points.step,
        first_timestamp_ms=points.timestamp_ms,
        min_value=points.value,
        max_value=points.value,
        count=np.ones(len(points), np.int64),
    )
    return _reduce(each)


def combine(one: Summaries, other: Summaries) -> Summaries:
    """The summaries of both sets of points together; runs are numbered alike in both.

    Associative and commutative, so that blocks may be folded in any order and grouping.
    """
    places = {key: place for place, key in enumerate(dict.fromkeys(one.keys + other.keys))}
    columns = {}
    for field in fields(Summaries)[3:]:
        columns[field.name] = np.concatenate([getattr(one, field.name), getattr(other, field.name)])
    keyed = [
        np.array([places[key] for key in part.keys], dtype=np.int32)[part.key] for part in (one, other) if part.keys
    ]
    return _reduce(
        Summaries(
            keys=tuple(places),
            run=np.concatenate([one.run, other.run]),
            key=np.concatenate(keyed) if keyed else one.key,
            **columns,
        )
    )


def to_metrics(summaries: Summaries) -> Iterator[tuple[int, Metric]]:
    """The run's number and the metric of each row, in order."""
    columns = (
        summaries.last_value, summaries.last_timestamp_ms, summaries.last_step,
        summaries.first_value, summaries.first_timestamp_ms, summaries.first_step,
    )  # fmt: skip
    keys = (summaries.keys[place] for place in summaries.key.tolist())
    low, high = (
        [None if math.isnan(value) else value for value in extremes.tolist()]
        for extremes in (summaries.min_value, summaries.max_value)
    )
    numbers = (column.tolist() for column in columns)
    rows = map(Metric, keys, *numbers, low, high, summaries.count.tolist())
    return zip(summaries.run.tolist(), rows, strict=True)


def from_metrics(metrics: Sequence[tuple[int, Metric]]) -> Summaries:
    """Summaries of metrics that each come with their run's number; undoes `to_metrics`."""
    runs = np.array([run for run, _ in metrics], dtype=np.int64)
    rows = [metric for _, metric in metrics]
    places = {key: place for place, key in enumerate(dict.fromkeys(metric.key for metric in rows))}
    return Summaries(
        keys=tuple(places),
        run=runs,
        key=np.array([places[metric.key] for metric in rows], dtype=np.int32),
        last_value=np.array([metric.value for metric in rows], dtype=np.float64),
        last_step=np.array([metric.step for metric in rows], dtype=np.int64),
        last_timestamp_ms=np.array([metric.timestamp_ms for metric in rows], dtype=np.int64),
        first_value=np.array([metric.first_value for metric in rows], dtype=np.float64),
        first_step=np.array([metric.first_step for metric in rows], dtype=np.int64),
        first_timestamp_ms=np.array([metric.first_timestamp_ms for metric in rows], dtype=np.int64),
        # None becomes NaN.
        min_value=np.array([metric.min_value for metric in rows], dtype=np.float64),
        max_value=np.array([metric.max_value for metric in rows], dtype=np.float64),
        count=np.array([metric.point_count for metric in rows], dtype=np.int64),
    )


def _reduce(rows: Summaries) -> Summaries:
    """One row for each (run, key): every point is the summary of itself, so this is all there is."""
    if not len(rows):
        return rows
    width = max(len(rows.keys), 1)
    cell = rows.run.astype(np.int64) * width + rows.key
    cells = int(cell.max()) + 1
    if cells > _MANY * len(cell) + 1024:
        used, group = np.unique(cell, return_inverse=True)
        cells = len(used)
    else:
        present = np.zeros(cells, np.bool_)
        present[cell] = True
        used = np.flatnonzero(present)
        group = (np.cumsum(present) - 1)[cell]
        cells = len(used)
    last = _greatest(group, cells, rows.last_step, rows.last_timestamp_ms, value_rank(rows.last_value))
    # Complement turns greatest into least, and cannot overflow as negation can.
    first = _greatest(group, cells, ~rows.first_step, ~rows.first_timestamp_ms, ~value_rank(rows.first_value))
    count = np.zeros(cells, np.int64)
    np.add.at(count, group, rows.count)
    return Summaries(
        keys=rows.keys,
        run=used // width,
        key=(used % width).astype(np.int32),
        last_value=rows.last_value[last],
        last_step=rows.last_step[last],
        last_timestamp_ms=rows.last_timestamp_ms[last],
        first_value=rows.first_value[first],
        first_step=rows.first_step[first],
        first_timestamp_ms=rows.first_timestamp_ms[first],
        min_value=-_maximum(group, cells, -rows.min_value),
        max_value=_maximum(group, cells, rows.max_value),
        count=count,
    )


def _greatest(group: Int64s, groups: int, *columns: Int64s) -> Int64s:
    """For each group the position of its greatest row, by the columns in order of weight.

    Each column leaves the rows that reach their group's maximum; the first one leaves few.
    """
    rows = np.arange(len(group))
    for column in columns:
        top = np.full(groups, np.iinfo(np.int64).min)
        values, of = column[rows], group[rows]
        np.maximum.at(top, of, values)
        rows = rows[values == top[of]]
        if len(rows) == groups:
            break
    winners = np.empty(groups, np.int64)
    winners[group[rows]] = rows
    return winners


def _maximum(group: Int64s, groups: int, values: Float64s) -> Float64s:
    """The greatest value of each group, NaN left out; NaN for a group of nothing else."""
    top = np.full(groups, -np.inf)
    seen = np.zeros(groups, np.bool_)
    real: Bools = ~np.isnan(values)
    if not real.all():
        group, values = group[real], values[real]
    np.maximum.at(top, group, values)
    seen[group] = True
    top[~seen] = np.nan
    return top
