"""The curves of a plan: points are read for some runs at a time, and only the last value of each part is kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from apps.common.clock import now_ms
from apps.projects.tenancy import bound
from apps.runs.aggregates.plan import Plan
from apps.runs.metrics.aggregate import Curve, LastValues, curves
from apps.runs.metrics.points import Float64s, Int64s
from apps.runs.metrics.stream import key_points
from apps.teams.access import Access

RUNS_AT_A_TIME = 100
POINTS_AT_A_TIME = 500_000
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class GroupCurve:
    """The curve of the runs that share a value of a param or tag; `group` is None for those without, or for all."""

    group: str | None
    run_count: int
    curve: Curve


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What an aggregate says.

    Attributes:
        step: the first step of each part of the axis.
        to_step: the last step of the last part, None where there are no points.
        groups: the largest first.
        group_count: how many groups there are; no more than 50 are given.
        run_count: runs with the metric that the curves are of.
        has_more_runs: older runs were left out.
        point_count: points that were read, as logged.
        computed_at_ms: when the runs were looked at.
    """

    step: Int64s
    to_step: int | None
    groups: tuple[GroupCurve, ...]
    group_count: int
    run_count: int
    has_more_runs: bool
    point_count: int
    computed_at_ms: int


def _nothing(_done: int) -> None:
    """For whoever does not want to know how far it is."""


def compute(access: Access, plan: Plan, *, advance: Advance = _nothing) -> Curves:
    """Compute the curves.

    Memory is bounded by `plan.MAX_CELLS`, whatever the runs hold. Each batch of runs is read in a transaction of its
    own: what is logged meanwhile may or may not be in.

    Args:
        access: needs PROJECT_READ.
        plan: of what.
        advance: told after each batch how many runs are done; what it raises ends the computation.
    """
    computed_at_ms = now_ms()
    step = plan.axis.edges if plan.axis else np.empty(0, np.int64)
    found = curves(_values(access, plan, advance), plan.group, len(plan.labels)) if plan.axis else []
    sizes = np.bincount(plan.group[plan.group >= 0], minlength=len(plan.labels)).tolist()
    return Curves(
        step=step,
        to_step=plan.axis.last if plan.axis else None,
        groups=tuple(map(GroupCurve, plan.labels, sizes, found)),
        group_count=plan.group_count,
        run_count=len(plan.run_ids),
        has_more_runs=plan.has_more_runs,
        point_count=plan.point_count,
        computed_at_ms=computed_at_ms,
    )


def _values(access: Access, plan: Plan, advance: Advance) -> Float64s:
    """The last value of each run in each part of the axis."""
    if plan.axis is None:
        return np.empty((0, 0))
    values = np.empty((len(plan.run_ids), len(plan.axis)))
    done = 0
    for run_ids in _batches(plan):
        batch = LastValues(len(run_ids), plan.axis)
        with bound(access, readonly=True):
            for points, run in key_points(access, run_ids, plan.request.key):
                batch.add(points, run)
        values[done : done + len(run_ids)] = batch.value
        done += len(run_ids)
        advance(done)
    return values


def _batches(plan: Plan) -> Iterator[list[uuid.UUID]]:
    batch: list[uuid.UUID] = []
    points = 0
    for run_id, count in zip(plan.run_ids, plan.point_counts, strict=True):
        if batch and (len(batch) == RUNS_AT_A_TIME or points + count > POINTS_AT_A_TIME):
            yield batch
            batch, points = [], 0
        batch.append(run_id)
        points += count
    if batch:
        yield batch
