"""Rows of many runs, told apart without making a UUID of each row's run: that costs more than the rest of the row."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

RUN_TEXT = Cast("run_id", TextField())


def spellings(run_id: uuid.UUID) -> tuple[str, str]:
    """What `RUN_TEXT` may read for a run, whichever way the database writes a UUID."""
    return str(run_id), run_id.hex


def rows_by_run(
    rows: QuerySet[Any], run_ids: Collection[uuid.UUID], *columns: str, order_by: str
) -> dict[uuid.UUID, list[tuple[Any, ...]]]:
    """Columns of the rows of each of some runs that has any; one statement, which reads no id for a single run."""
    if len(run_ids) == 1:
        (run_id,) = run_ids
        alone = list(rows.filter(run_id=run_id).order_by(order_by).values_list(*columns))
        return {run_id: alone} if alone else {}
    some = rows.filter(run_id__in=list(run_ids))
    found: dict[str, list[tuple[Any, ...]]] = {}
    for text, *values in some.order_by("run_id", order_by).values_list(RUN_TEXT, *columns):
        found.setdefault(text, []).append(tuple(values))
    ids = {text: run_id for run_id in run_ids for text in spellings(run_id)}
    return {ids[text]: entries for text, entries in found.items()}


def short_rows_by_run(
    rows: QuerySet[Any], run_ids: Collection[uuid.UUID], *columns: str, order_by: str
) -> dict[uuid.UUID, list[tuple[Any, ...]]]:
    """The same for rows that PostgreSQL may gather into arrays, three times as fast: not for payloads of megabytes."""
    if connection.vendor != "postgresql" or len(run_ids) == 1:
        return rows_by_run(rows, run_ids, *columns, order_by=order_by)
    arrays = {f"{column}s": ArrayAgg(column, order_by=order_by) for column in columns}
    some = rows.filter(run_id__in=list(run_ids)).order_by().values_list("run_id").annotate(**arrays)
    return {run_id: list(zip(*lists, strict=True)) for run_id, *lists in some}
