"""A small copy of a long segment, of which a chart of its whole length is drawn exactly.

Of every `CHUNK_POINTS` points of a series the first, the least, the greatest, the first NaN and the last stay, each as
it was logged. Whoever reduces them further begins its parts of the axis where a chunk begins, and so keeps the very
extremes that the full data have there.

Stored beside the segment: a byte that names the layout, whether the timestamps of each series never fall, the length
and the zstd frame of the weights, then the kept points as a segment of their own.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from apps.runs.metrics.codec import CorruptPayloadError, compressed, decode_segment, decompressed, encode_segment
from apps.runs.metrics.downsample import kept_of_parts
from apps.runs.metrics.merge import merge
from apps.runs.metrics.points import Bools, Float64s, Int64s, Points, concat

CHUNK_POINTS = 128
LEAST_POINTS = 16_384
"""A segment with fewer to a series is as quickly decoded whole, and its chunks are too long for most charts."""
SHARE_OF_PART = 2
"""A part of the axis may be moved by one such share of its width: less is not seen."""

_OUTLINE = 5
_HEAD = struct.Struct("<B?I")
Weights: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """Points of a run, or the points that stand for them.

    Attributes:
        points: sorted by series, step, timestamp and value.
        weight: how many points each begins a chunk of, itself included; 0 inside a chunk. None: each stands for itself.
        is_rising: whether the timestamps of each series never fall, among the points left out too.
    """

    points: Points
    weight: Weights | None
    is_rising: bool

    @property
    def total_count(self) -> int:
        """Points as logged, before any were left out."""
        return len(self.points) if self.weight is None else int(self.weight.sum())

    @property
    def cuts(self) -> Bools | None:
        """Where a part of the axis may begin; None for everywhere."""
        return None if self.weight is None else self.weight > 0

    def of_key(self, key: str) -> Outlined:
        """What stands for the points of one key."""
        wanted = np.array([series.key == key for series in self.points.series], dtype=np.bool_)
        if wanted.all():
            return self
        chosen = wanted[self.points.index]
        weight = None if self.weight is None else self.weight[chosen]
        return Outlined(self.points.take(chosen), weight, self.is_rising)


def whole(points: Points) -> Outlined:
    """Sorted points that all stand for themselves."""
    same = points.index[1:] == points.index[:-1]
    falls = points.timestamp_ms[1:] < points.timestamp_ms[:-1]
    return Outlined(points, None, not bool((same & falls).any()))


def encode_outline(points: Points) -> bytes | None:
    """The outline of a segment's points; None where it would not pay."""
    if len(points) < LEAST_POINTS * max(1, len(np.unique(points.index))):
        return None
    starts = _chunk_starts(points)
    kept = kept_of_parts(points.value, starts)
    weight = np.zeros(len(points), np.uint8)
    weight[starts] = np.diff(np.append(starts, len(points)))
    frame = compressed(weight[kept].tobytes())
    head = _HEAD.pack(_OUTLINE, whole(points).is_rising, len(frame))
    return head + frame + encode_segment(points.take(kept))


def decode_outline(payload: bytes | memoryview) -> Outlined:
    """An outline, or a whole segment, whichever the bytes are.

    Raises:
        CorruptPayloadError: They are neither, or damaged.
    """
    stored = bytes(payload)
    if stored[:1] != bytes([_OUTLINE]):
        return whole(decode_segment(stored))
    try:
        _, is_rising, length = _HEAD.unpack_from(stored)
    except struct.error as error:
        raise CorruptPayloadError("An outline is cut short.") from error
    end = _HEAD.size + length
    points = decode_segment(stored[end:])
    weight = np.frombuffer(decompressed(stored[_HEAD.size : end], len(points)), np.uint8)
    return Outlined(points, weight, is_rising)


def join(parts: Sequence[Outlined], *, by_time: bool) -> Outlined | None:
    """Parts of one key's points as one; None where they overlap, so that only all points can tell."""
    present = [part for part in parts if len(part.points)]
    if all(part.weight is None for part in present):
        return whole(merge(concat(part.points for part in present)))
    present.sort(key=lambda part: _place(part.points, 0))
    rising = all(part.is_rising for part in present) or not by_time
    if not rising or len({series for part in present for series in _series_of(part.points)}) > 1:
        return None
    for before, after in pairwise(present):
        if _place(before.points, -1) >= _place(after.points, 0):
            return None
        if by_time and before.points.timestamp_ms[-1] > after.points.timestamp_ms[0]:
            return None
    weights = [np.ones(len(part.points), np.uint8) if part.weight is None else part.weight for part in present]
    return Outlined(concat(part.points for part in present), np.concatenate(weights), by_time)


def is_fine_enough(outlined: Outlined, *, by_time: bool, parts: int) -> bool:
    """Whether no chunk is so long that cutting the axis into `parts` at chunks' beginnings could be seen."""
    if outlined.weight is None:
        return True
    column = outlined.points.timestamp_ms if by_time else outlined.points.step
    x: Float64s = column.astype(np.float64)
    starts = np.flatnonzero(outlined.weight)
    ends = np.append(starts[1:], len(x)) - 1
    widest = float((x[ends] - x[starts]).max())
    return widest * SHARE_OF_PART * parts <= float(x[-1] - x[0])


def _chunk_starts(points: Points) -> Int64s:
    firsts = np.append(0, np.flatnonzero(points.index[1:] != points.index[:-1]) + 1)
    counts = np.diff(np.append(firsts, len(points)))
    chunks = -(-counts // CHUNK_POINTS)
    place = np.arange(int(chunks.sum())) - np.repeat(np.cumsum(chunks) - chunks, chunks)
    starts: Int64s = np.repeat(firsts, chunks) + place * CHUNK_POINTS
    return starts


def _place(points: Points, at: int) -> tuple[int, int]:
    return int(points.step[at]), int(points.timestamp_ms[at])


def _series_of(points: Points) -> list[object]:
    return [points.series[place] for place in np.unique(points.index).tolist()]
