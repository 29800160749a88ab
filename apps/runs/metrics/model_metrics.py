"""The last point of each metric that runs logged of models, kept beside the summaries by the same fold."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import connection

from apps.common.ids import parse_model_id
from apps.runs.metrics.fold import fold
from apps.runs.metrics.points import Int64s, Points, Series
from apps.runs.metrics.summaries import take_if

_COLUMNS = (
    "project_id", "model_id", "run_id", "experiment_id", "key", "dataset_name", "dataset_digest", "dataset_hash",
    "last_value", "is_last_nan", "last_step", "last_timestamp_ms",
)  # fmt: skip
_LAST = ", ".join(take_if(">", ("last_value", "is_last_nan", "last_step", "last_timestamp_ms"), "last"))
_MERGE = (
    f"INSERT INTO runs_modelmetric AS stored ({', '.join(_COLUMNS)}) VALUES {{places}} "  # noqa: S608 (constants alone)
    f"ON CONFLICT (project_id, model_id, run_id, key, dataset_hash) DO UPDATE SET {_LAST}"
)
_PLACE = f"({', '.join(['%s'] * len(_COLUMNS))})"
_ROWS_A_STATEMENT = 500


def merge_model_metrics(
    project_id: int, points: Points, run: Int64s, *, run_ids: Sequence[uuid.UUID], experiment_ids: Sequence[int]
) -> None:
    """Merge those of the points that name a model into the stored ones of a project, in a transaction bound to it.

    Args:
        project_id: the project.
        points: new points.
        run: the number of the run that each belongs to.
        run_ids: the runs by their numbers.
        experiment_ids: their experiments, likewise.
    """
    models = [parse_model_id(series.model_id) for series in points.series]
    named = np.isin(points.index, [place for place, model in enumerate(models) if model is not None])
    if not named.any():
        return
    # Folded by series instead of by key.
    each = replace(points.take(named), series=tuple(Series(str(place)) for place in range(len(points.series))))
    last = fold(each, run[named])
    rows = zip(
        last.run.tolist(), (int(last.keys[place]) for place in last.key.tolist()), last.last_value.tolist(),
        last.last_step.tolist(), last.last_timestamp_ms.tolist(), strict=True,
    )  # fmt: skip
    values: list[list[Any]] = []
    for number, place, value, step, timestamp_ms in rows:
        series, is_nan = points.series[place], value != value
        whose = [project_id, _uuid(models[place]), _uuid(run_ids[number]), experiment_ids[number], series.key]
        dataset = [series.dataset_name, series.dataset_digest, _hash(series)]
        values.append([*whose, *dataset, None if is_nan else value, is_nan, step, timestamp_ms])
    with connection.cursor() as cursor:
        for start in range(0, len(values), _ROWS_A_STATEMENT):
            some = values[start : start + _ROWS_A_STATEMENT]
            flat = [value for row in some for value in row]
            cursor.execute(_MERGE.format(places=", ".join([_PLACE] * len(some))), flat)


def _hash(series: Series) -> str:
    if not (series.dataset_name or series.dataset_digest):
        return ""
    named = f"{series.dataset_name}\0{series.dataset_digest}".encode()
    return hashlib.sha256(named).hexdigest()[:32]


def _uuid(value: uuid.UUID | None) -> uuid.UUID | str | None:
    return value if value is None or connection.features.has_native_uuid_field else value.hex
