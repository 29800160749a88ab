"""The one statement that merges fresh summaries into the stored ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
from django.db import connection

from apps.runs.metrics.fold import Summaries
from apps.runs.metrics.points import Float64s

_COLUMNS = {
    "run_id": "uuid", "experiment_id": "bigint", "key": "text",
    "last_value": "float8", "is_last_nan": "bool", "last_step": "bigint", "last_timestamp_ms": "bigint",
    "first_value": "float8", "first_step": "bigint", "first_timestamp_ms": "bigint",
    "min_value": "float8", "max_value": "float8", "point_count": "bigint",
}  # fmt: skip


def _order(table: str, which: str) -> str:
    """A point's place in MLflow's order: NaN, stored as NULL, counts as 0 and loses to a true 0."""
    value = f"{table}.{which}_value"
    return (
        f"({table}.{which}_step, {table}.{which}_timestamp_ms, COALESCE({value}, 0),"
        f" CASE WHEN {value} IS NULL THEN 0 ELSE 1 END)"
    )


def take_if(comparison: str, columns: Sequence[str], which: str) -> list[str]:
    """Assignments that take the new row's columns where its point is the greater or lesser one."""
    condition = f"{_order('excluded', which)} {comparison} {_order('stored', which)}"
    return [f"{column} = CASE WHEN {condition} THEN excluded.{column} ELSE stored.{column} END" for column in columns]


def _extreme(column: str, comparison: str) -> str:
    """The lesser or greater of two values, either of which may be missing."""
    return (
        f"{column} = CASE WHEN stored.{column} IS NULL OR excluded.{column} {comparison} stored.{column}"
        f" THEN excluded.{column} ELSE stored.{column} END"
    )


_MERGE = ", ".join(
    [
        *take_if(">", ("last_value", "is_last_nan", "last_step", "last_timestamp_ms"), "last"),
        *take_if("<", ("first_value", "first_step", "first_timestamp_ms"), "first"),
        _extreme("min_value", "<"),
        _extreme("max_value", ">"),
        "point_count = stored.point_count + excluded.point_count",
    ]
)
_INSERT = f"INSERT INTO runs_metricsummary AS stored (project_id, {', '.join(_COLUMNS)}) "
_ON_CONFLICT = f" ON CONFLICT (project_id, run_id, key) DO UPDATE SET {_MERGE}"
_SQLITE = f"{_INSERT} VALUES (%s, {', '.join(['%s'] * len(_COLUMNS))}) {_ON_CONFLICT}"
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
_POSTGRESQL = f"{_INSERT} SELECT %s, fresh.* FROM unnest({_ARRAYS}) AS fresh {_ON_CONFLICT}"  # noqa: S608 (constants alone)


def merge_summaries(
    project_id: int, fresh: Summaries, *, run_ids: Sequence[uuid.UUID], experiment_ids: Sequence[int]
) -> None:
    """Merge fresh summaries into the stored ones of a project, in a transaction bound to it.

    Args:
        project_id: the project.
        fresh: each metric as its new points alone make it.
        run_ids: the runs by the numbers that `fresh` has for them.
        experiment_ids: their experiments, likewise.
    """
    if not len(fresh):
        return
    is_postgresql = connection.vendor == "postgresql"
    columns = _columns(fresh, [str(run_id) if is_postgresql else run_id.hex for run_id in run_ids], experiment_ids)
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(_POSTGRESQL, [project_id, *map(_array, columns)])
        else:
            cursor.executemany(_SQLITE, list(zip(repeat(project_id), *columns)))


def _columns(fresh: Summaries, run_ids: Sequence[str], experiment_ids: Sequence[int]) -> list[list[Any]]:
    """The rows as columns, in the order of `_COLUMNS`."""
    runs = fresh.run.tolist()
    return [
        [run_ids[run] for run in runs],
        [experiment_ids[run] for run in runs],
        [fresh.keys[place] for place in fresh.key.tolist()],
        _or_null(fresh.last_value),
        np.isnan(fresh.last_value).tolist(),
        fresh.last_step.tolist(),
        fresh.last_timestamp_ms.tolist(),
        _or_null(fresh.first_value),
        fresh.first_step.tolist(),
        fresh.first_timestamp_ms.tolist(),
        _or_null(fresh.min_value),
        _or_null(fresh.max_value),
        fresh.count.tolist(),
    ]


def _or_null(values: Float64s) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _array(column: list[Any]) -> str:
    """An array as one constant: ARRAY[...] of thousands is parsed and planned entry by entry."""
    if isinstance(column[0], str):
        return "{" + ",".join(map(_quoted, column)) + "}"
    return "{" + str(column)[1:-1].replace("None", "NULL") + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
