"""Curves as a tree of names and columns, for JSON and msgpack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from apps.runs.aggregates.compute import Curves, GroupCurve
from apps.runs.aggregates.plan import AggregateRequest
from apps.runs.metrics.points import Float64s, Int64s
from apps.runs.metrics.wire import json_number

FLOAT_COLUMNS = ("min", "max", "mean", "median")


def json_tree(request: AggregateRequest, found: Curves, groups: Sequence[GroupCurve]) -> dict[str, Any]:
    """For orjson, which writes columns of numpy: null for no value, words for infinities."""
    return _tree(request, found, groups, lambda column: column, _json_column)


def binary_tree(request: AggregateRequest, found: Curves, groups: Sequence[GroupCurve]) -> dict[str, Any]:
    """For msgpack: little-endian int64 and float64, NaN for no value."""
    return _tree(
        request,
        found,
        groups,
        lambda column: column.astype("<i8", copy=False).tobytes(),
        lambda column: column.astype("<f8", copy=False).tobytes(),
    )


def _tree(
    request: AggregateRequest,
    found: Curves,
    groups: Sequence[GroupCurve],
    integers: Callable[[Int64s], Any],
    floats: Callable[[Float64s], Any],
) -> dict[str, Any]:
    return {
        "experiment_id": request.experiment_number,
        "key": request.key,
        "group_by": request.group_by,
        "step": integers(found.step),
        "to_step": found.to_step,
        "series": [
            {
                "group": one.group,
                "run_count": one.run_count,
                "count": integers(one.curve.count),
                **{name: floats(getattr(one.curve, name)) for name in FLOAT_COLUMNS},
            }
            for one in groups
        ],
        "group_count": found.group_count,
        "run_count": found.run_count,
        "has_more_runs": found.has_more_runs,
        "point_count": found.point_count,
        "computed_at_ms": found.computed_at_ms,
    }


def _json_column(column: Float64s) -> list[Any]:
    values: list[Any] = column.tolist()
    for place in np.flatnonzero(~np.isfinite(column)).tolist():
        values[place] = None if np.isnan(column[place]) else json_number(values[place])
    return values
