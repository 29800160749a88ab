"""What is logged to runs, as clients get it: JSON kept beside the run where it is valid, else built from the truth."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, Subquery

from apps.runs.metrics.by_run import short_rows_by_run
from apps.runs.metrics.reads import Latest, latest_points
from apps.runs.models import MetricBlock, Param, Run, RunDocument, RunTag
from apps.runs.search.conditions import THE_RUN, RunPath
from apps.teams.access import Access


def kept_data(access: Access, run: RunPath) -> Subquery[Any]:
    """The kept document of the outer query's run, NULL where it has none that is valid.

    It is valid if it was written at the run's revision and no metric block of the run is unfolded.
    """
    unfolded = MetricBlock.objects.in_project(access).filter(run_id=OuterRef("run_id"), is_folded=False)
    kept = RunDocument.objects.in_project(access).filter(
        ~Exists(unfolded), run_id=OuterRef(run.id), revision=OuterRef(run("revision"))
    )
    return Subquery(kept.values("data")[:1])


def run_data(access: Access, run_ids: Collection[UUID]) -> dict[UUID, str]:
    """The `data` of runs of the project: `{"metrics": [...], "params": [...], "tags": [...]}` as JSON text.

    Lists that are empty are left out. To be called inside a bound transaction.
    """
    rows = Run.objects.in_project(access).filter(pk__in=list(run_ids))
    return complete_data(access, dict(rows.values_list("id", kept_data(access, THE_RUN))))


def complete_data(access: Access, kept: Mapping[UUID, str | None]) -> dict[UUID, str]:
    """What `kept_data` found for some runs, the missing ones built."""
    missing = [run_id for run_id, data in kept.items() if data is None]
    built = built_data(access, missing) if missing else {}
    return {run_id: built[run_id] if data is None else data for run_id, data in kept.items()}


def built_data(access: Access, run_ids: Collection[UUID]) -> dict[UUID, str]:
    """The `data` of runs from the tables that are the truth: what a document must hold, byte for byte."""
    metrics = latest_points(access, run_ids)
    params, tags = (
        short_rows_by_run(model.objects.in_project(access), run_ids, "key", "value", order_by="key")
        for model in (Param, RunTag)
    )
    return {
        run_id: encode_data(
            {
                "metrics": list(map(_metric, metrics.get(run_id, ()))),
                "params": [{"key": key, "value": value} for key, value in params.get(run_id, ())],
                "tags": [{"key": key, "value": value} for key, value in tags.get(run_id, ())],
            }
        )
        for run_id in run_ids
    }


def encode_data(parts: Mapping[str, list[dict[str, Any]]]) -> str:
    """JSON as MLflow shapes it: a list that is empty is left out."""
    return msgspec.json.encode({name: entries for name, entries in parts.items() if entries}).decode()


def _metric(point: Latest) -> dict[str, Any]:
    key, value, timestamp_ms, step = point
    number = value if math.isfinite(value) else _word(value)
    return {"key": key, "value": number, "timestamp": timestamp_ms, "step": step}


def _word(value: float) -> str:
    """JSON has no NaN and no infinities: they are words, as in protobuf's JSON."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
