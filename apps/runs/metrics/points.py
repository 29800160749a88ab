"""Metric points as columns: the one value that every part of the engine takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from apps.common.errors import InvalidInput

Int32s: TypeAlias = NDArray[np.int32]
Int64s: TypeAlias = NDArray[np.int64]
Float64s: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


class Series(NamedTuple):
    """What a point belongs to: a key, and the model and dataset it was measured on, if given."""

    key: str
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of one or more series, in columns of equal length.

    Attributes:
        series: Table of distinct series, in any order; may name series without a point.
        index: Position in `series` of each point.
        step: Step of each point.
        timestamp_ms: Milliseconds since the Unix epoch.
        value: Any double: NaN, infinities and negative zero included.
    """

    series: tuple[Series, ...]
    index: Int32s
    step: Int64s
    timestamp_ms: Int64s
    value: Float64s

    def __len__(self) -> int:
        return len(self.step)

    def take(self, which: Int64s | Bools | slice) -> Points:
        """The points at these positions, where this mask is true, or in this slice."""
        return Points(
            self.series,
            self.index[which],
            self.step[which],
            self.timestamp_ms[which],
            self.value[which],
        )

    def of_key(self, key: str) -> Points:
        """The points whose series has this key, in their order."""
        wanted = np.array([series.key == key for series in self.series], dtype=np.bool_)
        return self if wanted.all() else self.take(wanted[self.index])

    @classmethod
    def empty(cls) -> Points:
        """No points."""
        integers = np.empty(0, np.int64)
        return cls((), np.empty(0, np.int32), integers, integers, np.empty(0, np.float64))

    @classmethod
    def from_columns(
        cls,
        keys: Sequence[str | Series],
        steps: Sequence[int] | Int64s,
        timestamps_ms: Sequence[int] | Int64s,
        values: Sequence[float] | Float64s,
    ) -> Points:
        """Points from four columns of equal length, one entry a point.

        A key may be plain text or a whole `Series`; the table is in order of first appearance.

        Raises:
            InvalidInput: The columns differ in length, or a number does not fit int64 or double.
        """
        table: dict[Series, int] = {}
        place = {key: table.setdefault(as_series(key), len(table)) for key in dict.fromkeys(keys)}
        index = np.fromiter(map(place.__getitem__, keys), np.int32, len(keys))
        return _checked(tuple(table), index, steps, timestamps_ms, values)

    @classmethod
    def of_series(
        cls,
        key: str | Series,
        steps: Sequence[int] | Int64s,
        timestamps_ms: Sequence[int] | Int64s,
        values: Sequence[float] | Float64s,
    ) -> Points:
        """Points of one series from three columns of equal length; raises as `from_columns`."""
        index = np.zeros(len(steps), np.int32)
        return _checked((as_series(key),), index, steps, timestamps_ms, values)


def as_series(key: str | Series) -> Series:
    """A plain key as the series with neither model nor dataset."""
    return key if isinstance(key, Series) else Series(key)


def concat(parts: Iterable[Points]) -> Points:
    """All points of the parts, in order, under one series table (in order of first appearance)."""
    present = [part for part in parts if len(part)]
    if len(present) < 2:
        return present[0] if present else Points.empty()
    table: dict[Series, int] = {}
    remaps: dict[int, Int32s] = {}
    for part in present:
        # By identity: parts decoded together share their tables, and outlive this loop.
        if id(part.series) not in remaps:
            places = [table.setdefault(series, len(table)) for series in part.series]
            remaps[id(part.series)] = np.array(places, dtype=np.int32)
    return Points(
        tuple(table),
        np.concatenate([part.index if len(table) == 1 else remaps[id(part.series)][part.index] for part in present]),
        np.concatenate([part.step for part in present]),
        np.concatenate([part.timestamp_ms for part in present]),
        np.concatenate([part.value for part in present]),
    )


def _checked(
    series: tuple[Series, ...],
    index: Int32s,
    steps: Sequence[int] | Int64s,
    timestamps_ms: Sequence[int] | Int64s,
    values: Sequence[float] | Float64s,
) -> Points:
    points = Points(series, index, int64s(steps, "step"), int64s(timestamps_ms, "timestamp"), float64s(values))
    if not len(index) == len(points.step) == len(points.timestamp_ms) == len(points.value):
        raise InvalidInput("metric_columns", "The columns of metric points differ in length.")
    return points


def int64s(numbers: Sequence[int] | Int64s, field: str) -> Int64s:
    """Integers as a column.

    Raises:
        InvalidInput: One of them does not fit 64 bits; names `field`.
    """
    column: Int64s = _column(numbers, np.int64, field, "64-bit integers")
    return column


def float64s(numbers: Sequence[float] | Float64s) -> Float64s:
    """Metric values as a column.

    Raises:
        InvalidInput: One of them is an integer beyond any double.
    """
    column: Float64s = _column(numbers, np.float64, "value", "doubles")
    return column


def _column(numbers: Sequence[float] | NDArray[Any], dtype: type[np.generic], field: str, fits: str) -> NDArray[Any]:
    try:
        if isinstance(numbers, np.ndarray):
            return numbers.astype(dtype, casting="safe", copy=False).reshape(-1)
        return np.fromiter(numbers, dtype, len(numbers))
    except (OverflowError, TypeError, ValueError) as error:
        raise InvalidInput("metric_number", f"Metric {field}s must be {fits}.", field=field) from error
