"""The one statement that merges fresh summaries into the stored ones."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from apps.runs.metrics.fold import Metric

_COLUMNS = {
    "project_id": "bigint", "run_id": "uuid", "experiment_id": "bigint", "key": "text",
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


def _take_if(comparison: str, columns: Sequence[str], which: str) -> list[str]:
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
        *_take_if(">", ("last_value", "is_last_nan", "last_step", "last_timestamp_ms"), "last"),
        *_take_if("<", ("first_value", "first_step", "first_timestamp_ms"), "first"),
        _extreme("min_value", "<"),
        _extreme("max_value", ">"),
        "point_count = stored.point_count + excluded.point_count",
    ]
)
_INSERT = f"INSERT INTO runs_metricsummary AS stored ({', '.join(_COLUMNS)}) "
_ON_CONFLICT = f" ON CONFLICT (project_id, run_id, key) DO UPDATE SET {_MERGE}"
_SQLITE = f"{_INSERT} VALUES ({', '.join(['%s'] * len(_COLUMNS))}) {_ON_CONFLICT}"
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
_POSTGRESQL = f"{_INSERT} SELECT * FROM unnest({_ARRAYS}) {_ON_CONFLICT}"  # noqa: S608 (constants alone)


class FreshMetric(NamedTuple):
    """A metric as its new points alone make it."""

    experiment_id: int
    run_id: uuid.UUID
    metric: Metric


def merge_summaries(project_id: int, fresh: Sequence[FreshMetric]) -> None:
    """Merge metrics of distinct (run, key) into the stored summaries of a project, in a transaction bound to it.

    Rows are written in order of run and key, so that two writers cannot wait for one another.
    """
    if not fresh:
        return
    is_postgresql = connection.vendor == "postgresql"
    ordered = sorted(fresh, key=lambda row: (row.run_id, row.metric.key))
    rows = [_row(project_id, row, row.run_id if is_postgresql else row.run_id.hex) for row in ordered]
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(_POSTGRESQL, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(_SQLITE, rows)


def _row(project_id: int, fresh: FreshMetric, run_id: uuid.UUID | str) -> tuple[Any, ...]:
    metric = fresh.metric
    return (
        project_id, run_id, fresh.experiment_id, metric.key,
        _or_null(metric.value), math.isnan(metric.value), metric.step, metric.timestamp_ms,
        _or_null(metric.first_value), metric.first_step, metric.first_timestamp_ms,
        metric.min_value, metric.max_value, metric.point_count,
    )  # fmt: skip


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value
