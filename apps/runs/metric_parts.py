"""Points of metrics as the API gives them: a range, an order, and on request fewer points that draw the same line."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.common.errors import NotFound
from apps.projects.tenancy import bound
from apps.runs.chart_data import XAxis
from apps.runs.metrics.downsample import PER_BUCKET, downsample
from apps.runs.metrics.outline import Outlined, whole
from apps.runs.metrics.points import Points
from apps.runs.metrics.reads import histories, outlines
from apps.teams.access import Access
from apps.teams.permissions import Permission

# Whole histories are decoded before they are reduced: so many runs' at a time.
RUNS_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class MetricPart:
    """Points of one metric of one run, in the order asked for. `total_count` is before they were reduced."""

    run_id: uuid.UUID
    key: str
    total_count: int
    points: Points


@dataclass(frozen=True, slots=True)
class PartRequest:
    """What is wanted of a metric.

    Attributes:
        axis: the order, and what buckets are laid out by.
        max_points: reduce to at most so many, no extreme lost; None for every point.
        from_step: with from_ms the first, with to_step and to_ms the last that count; None for no bound.
    """

    axis: XAxis = XAxis.STEP
    max_points: int | None = None
    from_step: int | None = None
    to_step: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None

    @property
    def has_bounds(self) -> bool:
        """Whether a part of the history is meant."""
        return any(bound is not None for bound in (self.from_step, self.to_step, self.from_ms, self.to_ms))

    @property
    def buckets(self) -> int | None:
        """Into how many parts the axis is cut to reduce the points; None to keep them all."""
        return None if self.max_points is None else max(1, self.max_points // PER_BUCKET)


def metric_part(access: Access, run_id: uuid.UUID, key: str, wanted: PartRequest) -> MetricPart:
    """One metric of one run.

    Raises:
        NotFound: the project has no such run, or the run no such metric.
    """
    part = metric_parts({run_id: access}, [key], wanted)
    if not part:
        raise NotFound("metric_not_found", f"No metric with key: {key} in run with id {run_id.hex}", field="key")
    return part[0]


def metric_parts(accesses: Mapping[uuid.UUID, Access], keys: Sequence[str], wanted: PartRequest) -> list[MetricPart]:
    """Some metrics of some runs, by run and key in the order of the arguments; what was never logged is left out.

    Args:
        accesses: the runs, each with the Access to its project.
        keys: of the metrics.
        wanted: of each.

    Raises:
        NotFound: one of the runs is not there.
    """
    runs_of: dict[Access, list[uuid.UUID]] = defaultdict(list)
    for run_id, access in accesses.items():
        access.require(Permission.PROJECT_READ)
        runs_of[access].append(run_id)
    found: dict[uuid.UUID, list[MetricPart]] = {}
    with bound(*runs_of, readonly=True):
        for access, run_ids in runs_of.items():
            for start in range(0, len(run_ids), RUNS_AT_A_TIME):
                points_of = _points(access, run_ids[start : start + RUNS_AT_A_TIME], keys, wanted)
                for run_id, by_key in points_of.items():
                    found[run_id] = [_part(run_id, key, by_key[key], wanted) for key in keys if len(by_key[key].points)]
    return [part for run_id in accesses for part in found[run_id]]


def _points(
    access: Access, run_ids: Sequence[uuid.UUID], keys: Sequence[str], wanted: PartRequest
) -> dict[uuid.UUID, dict[str, Outlined]]:
    if wanted.buckets is not None and not wanted.has_bounds:
        return outlines(access, run_ids, keys, parts=wanted.buckets, by_time=wanted.axis is XAxis.TIME)
    points_of = histories(access, run_ids, keys)
    return {run_id: {key: whole(points) for key, points in by_key.items()} for run_id, by_key in points_of.items()}


def _part(run_id: uuid.UUID, key: str, outlined: Outlined, wanted: PartRequest) -> MetricPart:
    points, cuts, total_count = outlined.points, outlined.cuts, outlined.total_count
    if wanted.has_bounds:
        points = points.take(_in_range(points, wanted))
        total_count = len(points)
    by_step = wanted.axis is XAxis.STEP
    x, then = (points.step, points.timestamp_ms) if by_step else (points.timestamp_ms, points.step)
    order = np.lexsort((then, x))
    if wanted.buckets is not None:
        cuts = None if cuts is None else cuts[order]
        order = order[downsample(x[order], points.value[order], wanted.buckets, cuts)]
    return MetricPart(run_id, key, total_count, points.take(order))


def _in_range(points: Points, wanted: PartRequest) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chosen = np.ones(len(points), np.bool_)
    for column, low, high in (
        (points.step, wanted.from_step, wanted.to_step),
        (points.timestamp_ms, wanted.from_ms, wanted.to_ms),
    ):
        if low is not None:
            chosen &= column >= low
        if high is not None:
            chosen &= column <= high
    return chosen
