"""The naive model: points as tuples, every rule of the engine said once more in plain Python."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from apps.runs.metrics.points import Points, Series

Row = tuple[Series, int, int, float]
INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)

# Few keys and steps, so that points meet; and the doubles that are awkward.
KEYS = st.sampled_from(["loss", "acc", "a/b", "süß", "x" * 250])
LABELS = st.sampled_from(["", "", "", "m-1", "data"])
SERIES = st.builds(Series, KEYS, LABELS, LABELS, LABELS)
NUMBERS = st.one_of(st.integers(min_value=-3, max_value=3), INT64)
VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308]),
    st.floats(allow_nan=True, allow_infinity=True),
)
ROWS = st.lists(st.tuples(SERIES, NUMBERS, NUMBERS, VALUES), max_size=60)


def to_points(rows: Iterable[Row]) -> Points:
    rows = list(rows)
    return Points.from_columns([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows])


def to_rows(points: Points) -> list[Row]:
    columns = points.index.tolist(), points.step.tolist(), points.timestamp_ms.tolist(), points.value.tolist()
    return [(points.series[place], step, time, value) for place, step, time, value in zip(*columns, strict=True)]


def exact(rows: Iterable[Row]) -> list[tuple[Series, int, int, bytes]]:
    """Rows whose values compare by their bits; all NaN are one."""
    return [(series, step, time, bits(value)) for series, step, time, value in rows]


def bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("<d", value)


def value_key(value: float) -> tuple[float, int]:
    """NaN stands just below the zeros, and -0.0 below 0.0."""
    if math.isnan(value):
        return 0.0, 0
    return value, 1 if math.copysign(1.0, value) < 0 else 2


def order(row: Row) -> tuple[object, ...]:
    return row[0], row[1], row[2], value_key(row[3])


def merged(rows: Iterable[Row]) -> list[Row]:
    by_key = {(series, step, time, bits(value)): (series, step, time, value) for series, step, time, value in rows}
    return sorted(by_key.values(), key=order)


class Summary(NamedTuple):
    """Points as (step, timestamp, bits of the value)."""

    last: tuple[int, int, bytes]
    first: tuple[int, int, bytes]
    min: float | None
    max: float | None
    point_count: int


def summary(rows: list[Row]) -> Summary:
    """What a fold must say of the rows of one metric of one run."""
    ranked = sorted(rows, key=lambda row: (row[1], row[2], value_key(row[3])))
    numbers = [row[3] for row in rows if not math.isnan(row[3])]
    first, last = ranked[0], ranked[-1]
    return Summary(
        (last[1], last[2], bits(last[3])),
        (first[1], first[2], bits(first[3])),
        min(numbers, default=None),
        max(numbers, default=None),
        len(rows),
    )


def same_columns(one: Points, other: Points) -> bool:
    return (
        one.series == other.series
        and np.array_equal(one.index, other.index)
        and np.array_equal(one.step, other.step)
        and np.array_equal(one.timestamp_ms, other.timestamp_ms)
        and one.value.tobytes() == other.value.tobytes()
    )
