"""Exact reads at any moment: sealed, folded and unfolded points merged, nothing written.

Blocks are always read before segments, and before summaries: a point that moves between two statements is then seen
twice, which merging undoes, and never missed. So a read is exact inside any transaction.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from apps.projects.tenancy import bound
from apps.runs.metrics.binary_copy import copy_payloads
from apps.runs.metrics.by_run import rows_by_run, short_rows_by_run
from apps.runs.metrics.codec import decode_blocks, decode_segment
from apps.runs.metrics.fold import Metric, combine, fold, from_metrics, to_metrics
from apps.runs.metrics.merge import merge
from apps.runs.metrics.outline import Outlined, decode_outline, is_fine_enough, join, whole
from apps.runs.metrics.points import Points, concat
from apps.runs.models import MetricBlock, MetricSegment, MetricSummary, Run
from apps.runs.refusals import run_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

Payload = bytes | memoryview
Latest = tuple[str, float, int, int]
"""Key, value, timestamp in milliseconds and step of a metric's latest point."""

# In the order of the fields of a Metric.
_COLUMNS = (
    "key", "last_value", "last_timestamp_ms", "last_step", "first_value", "first_timestamp_ms", "first_step",
    "min_value", "max_value", "point_count",
)  # fmt: skip


def history(access: Access, run_id: uuid.UUID, key: str) -> Points:
    """Every point of a metric: sorted by series, step, timestamp and value, exact duplicates collapsed.

    `apps.runs.metrics.merge.by_time` gives MLflow's order. A metric that was never logged has no points.

    Raises:
        NotFound: the project has no such run.
    """
    return histories(access, [run_id], [key])[run_id][key]


def histories(
    access: Access, run_ids: Collection[uuid.UUID], keys: Collection[str]
) -> dict[uuid.UUID, dict[str, Points]]:
    """Every point of some metrics of some runs, each as from `history`: three statements, however many there are.

    Raises:
        NotFound: the project has not got one of the runs.
    """
    access.require(Permission.PROJECT_READ)
    if not keys:
        return {run_id: {} for run_id in run_ids}
    with bound(access, readonly=True):
        blocks = payloads_by_run(MetricBlock.objects.in_project(access), run_ids)
        segments = payloads_by_run(segments_of(access, keys), run_ids)
        _require_runs(access, set(run_ids))
    found: dict[uuid.UUID, dict[str, Points]] = {}
    for run_id in run_ids:
        points = _points(blocks.get(run_id, ()), segments.get(run_id, ()))
        found[run_id] = {key: merge(points.of_key(key)) for key in keys}
    return found


def outlines(
    access: Access, run_ids: Collection[uuid.UUID], keys: Collection[str], *, parts: int, by_time: bool = False
) -> dict[uuid.UUID, dict[str, Outlined]]:
    """Some metrics of some runs as a chart of their whole length needs them; three statements, or six.

    Of long sealed histories that the axis cuts coarsely the outlines are read instead of the points, a twentieth of
    the bytes. The other metrics come whole.

    Args:
        access: needs PROJECT_READ.
        run_ids: the runs.
        keys: of the metrics.
        parts: into how many the axis is to be cut.
        by_time: by timestamps instead of by steps.

    Raises:
        NotFound: the project has not got one of the runs.
    """
    access.require(Permission.PROJECT_READ)
    if not keys:
        return {run_id: {} for run_id in run_ids}
    with bound(access, readonly=True):
        blocks = payloads_by_run(MetricBlock.objects.in_project(access), run_ids)
        small = segments_of(access, keys).annotate(small=Coalesce("outline", "payload"))
        segments = payloads_by_run(small, run_ids, "small")
        _require_runs(access, set(run_ids))
        found = {
            run_id: _outlined(blocks.get(run_id, ()), segments.get(run_id, ()), keys, parts=parts, by_time=by_time)
            for run_id in run_ids
        }
        coarse = [run_id for run_id, by_key in found.items() if len(by_key) < len(set(keys))]
        for run_id, points in (histories(access, coarse, keys) if coarse else {}).items():
            found[run_id] |= {key: whole(points[key]) for key in keys}
    return found


def run_points(access: Access, run_id: uuid.UUID) -> Points:
    """Every point of a run, sorted by series, step, timestamp and value, exact duplicates collapsed.

    Raises:
        NotFound: the project has no such run.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        blocks = payloads_by_run(MetricBlock.objects.in_project(access), [run_id])
        segments = payloads_by_run(MetricSegment.objects.in_project(access), [run_id])
        _require_runs(access, {run_id})
    return merge(_points(blocks.get(run_id, ()), segments.get(run_id, ())))


def series(access: Access, run_id: uuid.UUID) -> list[Metric]:
    """The metrics of a run, sorted by key.

    Raises:
        NotFound: the project has no such run.
    """
    with bound(access, readonly=True):
        _require_runs(access, {run_id})
        return latest_metrics(access, [run_id]).get(run_id, [])


def latest_metrics(access: Access, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Metric]]:
    """The metrics of runs, sorted by key; runs without any are left out. Two statements."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        return _metrics(access, run_ids, _unfolded(access, run_ids))


def latest_points(access: Access, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Latest]]:
    """The latest point of each metric of runs, sorted by key; runs without any are left out. Two statements."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        if unfolded := _unfolded(access, run_ids):
            metrics = _metrics(access, run_ids, unfolded)
            return {run_id: [metric[:4] for metric in found] for run_id, found in metrics.items()}
        rows = _summaries(access, run_ids, *_COLUMNS[:4])
    return {
        run_id: [(key, math.nan if value is None else value, time, step) for key, value, time, step in found]
        for run_id, found in rows.items()
    }


def segments_of(access: Access, keys: Collection[str]) -> QuerySet[MetricSegment]:
    """Segments that may have points of some keys."""
    return MetricSegment.objects.in_project(access).filter(first_key__lte=max(keys), last_key__gte=min(keys))


def _outlined(
    blocks: Iterable[Payload], segments: Iterable[Payload], keys: Collection[str], *, parts: int, by_time: bool
) -> dict[str, Outlined]:
    """The metrics for which outlines are enough."""
    sealed = list(map(decode_outline, segments))
    fresh = decode_blocks(list(blocks))[0]
    found = {}
    for key in keys:
        joined = join([*(part.of_key(key) for part in sealed), whole(merge(fresh.of_key(key)))], by_time=by_time)
        if joined is not None and is_fine_enough(joined, by_time=by_time, parts=parts):
            found[key] = joined
    return found


def _unfolded(access: Access, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Payload]]:
    return payloads_by_run(MetricBlock.objects.in_project(access).filter(is_folded=False), run_ids)


def _summaries(access: Access, run_ids: Collection[uuid.UUID], *columns: str) -> dict[uuid.UUID, list[tuple[Any, ...]]]:
    return short_rows_by_run(MetricSummary.objects.in_project(access), run_ids, *columns, order_by="key")


def _metrics(
    access: Access, run_ids: Collection[uuid.UUID], unfolded: dict[uuid.UUID, list[Payload]]
) -> dict[uuid.UUID, list[Metric]]:
    rows = _summaries(access, run_ids, *_COLUMNS)
    folded = {run_id: list(map(_metric, found)) for run_id, found in rows.items()}
    if unfolded:
        folded.update(_with_unfolded(unfolded, {run_id: folded.get(run_id, []) for run_id in unfolded}))
    return folded


def payloads_by_run(
    rows: QuerySet[MetricBlock] | QuerySet[MetricSegment], run_ids: Collection[uuid.UUID], column: str = "payload"
) -> dict[uuid.UUID, list[Payload]]:
    if not run_ids:
        return {}
    if connection.vendor == "postgresql":
        copied = copy_payloads(rows.filter(run_id__in=list(run_ids)).order_by("run_id", "pk"), column)
        return {run_id: list(payloads) for run_id, payloads in copied.items()}
    found = rows_by_run(rows, run_ids, column, order_by="pk")
    return {run_id: [payload for (payload,) in payloads] for run_id, payloads in found.items()}


def _points(blocks: Iterable[Payload], segments: Iterable[Payload]) -> Points:
    return concat([*map(decode_segment, segments), decode_blocks(list(blocks))[0]])


def _require_runs(access: Access, run_ids: set[uuid.UUID]) -> None:
    """Refuse runs that the project has not got; those with points need not be asked for."""
    if run_ids:
        known = Run.objects.in_project(access).filter(pk__in=run_ids).values_list("pk", flat=True)
        for run_id in run_ids.difference(known):
            raise run_not_found(run_id)


def _metric(row: tuple[Any, ...]) -> Metric:
    """A row of `_COLUMNS`; NaN is stored as NULL."""
    metric = Metric._make(row)
    if row[1] is None:
        metric = metric._replace(value=math.nan)
    return metric if row[4] is not None else metric._replace(first_value=math.nan)


def _with_unfolded(
    unfolded: dict[uuid.UUID, list[Payload]], folded: dict[uuid.UUID, list[Metric]]
) -> dict[uuid.UUID, list[Metric]]:
    """The folded metrics of these runs brought up to date with their unfolded blocks."""
    run_ids = list(unfolded)
    points, source = decode_blocks([payload for run_id in run_ids for payload in unfolded[run_id]])
    run_of_block = np.repeat(np.arange(len(run_ids)), [len(unfolded[run_id]) for run_id in run_ids])
    known = [(run, metric) for run, run_id in enumerate(run_ids) for metric in folded[run_id]]
    current: dict[uuid.UUID, list[Metric]] = {}
    for run, metric in to_metrics(combine(from_metrics(known), fold(points, run_of_block[source]))):
        current.setdefault(run_ids[run], []).append(metric)
    for metrics in current.values():
        metrics.sort()
    return current
