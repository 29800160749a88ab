"""Fewer points that draw the same line: no extreme is lost."""

from __future__ import annotations

import numpy as np

from apps.runs.metrics.points import Bools, Float64s, Int64s

PER_BUCKET = 5
"""Points kept of a bucket at most: first, least, greatest, a missing one, last."""


def downsample(x: Int64s, values: Float64s, buckets: int, cuts: Bools | None = None) -> Int64s:
    """Positions of the points to draw, rising: all of them if at most `PER_BUCKET` a bucket.

    The range of `x` is cut into `buckets` equal parts (pixel columns). Of each part the first and
    last point stay, its least and greatest value, and its first NaN, so that a gap stays a gap.

    Args:
        x: Steps or timestamps, not falling.
        values: As many values; NaN are missing points.
        buckets: Parts of the x axis, at least 1.
        cuts: Where a part may begin, if not everywhere: one that would begin elsewhere begins at the next such place.
    """
    count = len(x)
    if count <= PER_BUCKET * buckets:
        return np.arange(count)
    starts = _starts(x, buckets)
    if cuts is not None:
        places = np.flatnonzero(cuts)
        next_cut = np.searchsorted(places, starts[1:])
        starts = np.unique(np.append(0, places[next_cut[next_cut < len(places)]]))
    return kept_of_parts(values, starts)


def kept_of_parts(values: Float64s, starts: Int64s) -> Int64s:
    """Positions of the first, last, least and greatest value and the first NaN of each part, rising.

    Args:
        values: Of all parts, one after another.
        starts: Where each part begins, strictly rising from 0.
    """
    ends = np.append(starts[1:], len(values))
    low, high = _extremes(values, starts, ends)
    kept = [starts, low, high, ends - 1]
    missing = np.isnan(values[low])
    if missing.any():
        # argmin and argmax stop at a NaN: such buckets are done again without their NaN.
        real = [
            extreme
            for start, end in zip(starts[missing].tolist(), ends[missing].tolist(), strict=True)
            for extreme in _real_extremes(values, start, end)
        ]
        kept.append(np.array(real, dtype=np.int64))
    return np.unique(np.concatenate(kept))


def _starts(x: Int64s, buckets: int) -> Int64s:
    """Position of the first point of each bucket that has one."""
    low, high = int(x[0]), int(x[-1])
    # In Python's integers, as the range of int64 does not fit int64.
    edges = [low + (high - low) * place // buckets for place in range(buckets)]
    return np.unique(np.searchsorted(x, np.array(edges, dtype=np.int64)))


def _extremes(values: Float64s, starts: Int64s, ends: Int64s) -> tuple[Int64s, Int64s]:
    """Position of the least and of the greatest value between each start and end."""
    low, high = [], []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        bucket = values[start:end]
        low.append(start + bucket.argmin())
        high.append(start + bucket.argmax())
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)


def _real_extremes(values: Float64s, start: int, end: int) -> list[int]:
    real = np.flatnonzero(~np.isnan(values[start:end]))
    if not len(real):
        return []
    bucket = values[start:end][real]
    return [start + int(real[bucket.argmin()]), start + int(real[bucket.argmax()])]
