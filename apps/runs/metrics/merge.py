"""Order and sameness of points: one total order, used for history, folding and sealing alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.runs.metrics.points import Float64s, Int32s, Int64s, Points

_LOWER_BITS = np.int64(0x7FFF_FFFF_FFFF_FFFF)


def value_rank(values: Float64s) -> Int64s:
    """An integer per value that orders as the values do, negative zero before zero.

    All NaN rank alike, just below the zeros: MLflow stores NaN as 0 beside a flag and compares that 0. Two values have
    the same rank if and only if they are the same double, or both NaN.
    """
    bits = values.view(np.int64)
    rank = np.where(bits < 0, bits ^ _LOWER_BITS, bits)
    # -1 is negative zero: what is below it makes room for NaN.
    rank -= rank < -1
    rank[np.isnan(values)] = -2
    return rank


def merge(points: Points) -> Points:
    """The points sorted by (series, step, timestamp, value), exact duplicates collapsed.

    The series table comes back sorted and without series that have no point, so that equal
    sets of points give equal columns in whatever order they came. Points in order already, as
    sealed history and most logging is, cost a few milliseconds a million.
    """
    points = _sorted_series(points)
    index, step = points.index, points.step
    if len(points.series) > 1 and (index[1:] < index[:-1]).any():
        order = np.argsort(_narrow(index, len(points.series)), kind="stable")
        points = points.take(order)
        index, step = points.index, points.step
    if _ascending(index, step, single=len(points.series) <= 1):
        return points
    rank = value_rank(points.value)
    order = np.lexsort((rank, points.timestamp_ms, step, index))
    points, rank = points.take(order), rank[order]
    same = np.ones(len(points), np.bool_)
    for column in (points.index, points.step, points.timestamp_ms, rank):
        same[1:] &= column[1:] == column[:-1]
    same[:1] = False
    return points.take(~same) if same.any() else points


def by_time(points: Points) -> Points:
    """Merged points of one key in MLflow's order of history: timestamp, then step, then value."""
    single = len(points.series) <= 1
    if single and not (points.timestamp_ms[1:] < points.timestamp_ms[:-1]).any():
        ties = points.timestamp_ms[1:] == points.timestamp_ms[:-1]
        if not (ties & (points.step[1:] < points.step[:-1])).any():
            return points
    rank = value_rank(points.value)
    return points.take(np.lexsort((points.index, rank, points.step, points.timestamp_ms)))


def _ascending(index: Int32s, step: Int64s, *, single: bool) -> bool:
    """Whether steps strictly rise inside each series, which leaves nothing to sort or collapse."""
    rising = step[1:] > step[:-1]
    if not single:
        rising |= index[1:] != index[:-1]
    return bool(rising.all())


def _sorted_series(points: Points) -> Points:
    count = len(points.series)
    used = np.zeros(count, np.bool_)
    used[points.index] = True
    order = [place for place in sorted(range(count), key=points.series.__getitem__) if used[place]]
    if order == list(range(count)):
        return points
    places = np.zeros(count, np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return Points(
        tuple(points.series[place] for place in order),
        places[points.index],
        points.step,
        points.timestamp_ms,
        points.value,
    )


def _narrow(index: Int32s, count: int) -> NDArray[np.unsignedinteger]:
    """16 bits where they suffice: numpy then sorts by radix, ten times faster."""
    return index.astype(np.uint16 if count <= 1 << 16 else np.uint32)
