"""Curves at once where that is quick; else from a kept row, and a job that computes them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from apps.jobs.models import Job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from apps.runs.aggregates.compute import Curves, compute
from apps.runs.aggregates.plan import AggregateRequest, Plan, make_plan
from apps.runs.aggregates.rows import kept_curves
from apps.runs.metrics.stream import load
from apps.teams.access import Access

KIND = "aggregate_metrics"
MAX_RUNS_AT_ONCE = 2_000
MAX_POINTS_AT_ONCE = 2_000_000
"""Points to be decoded, those of other metrics beside them included: about 0.2 s."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Curves. With a job they are stale: runs, groups or points have changed, and the job computes them afresh."""

    curves: Curves
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """No curves yet: the job computes them."""

    job: Job


def aggregate_metric(access: Access, request: AggregateRequest) -> Ready | Waiting:
    """Curves of one metric over many runs.

    Up to 2,000 runs and 2,000,000 points are computed at once, and the answer is of this moment. More are computed by a
    job, once for everybody who asks, and kept until something changes.

    Not to be called inside a read-only transaction.

    Raises:
        InvalidInput: the filter or what to group by.
        NotFound: the project has no such experiment.
    """
    plan = make_plan(access, request)
    if _is_quick(access, plan):
        return Ready(compute(access, plan))
    kept = kept_curves(access, plan)
    if kept is not None and kept[1]:
        return Ready(kept[0])
    with bound(access):
        job = enqueue(access, KIND, args=asdict(request), key=f"{plan.experiment_id}:{plan.digest}")
    return Ready(kept[0], job) if kept else Waiting(job)


def _is_quick(access: Access, plan: Plan) -> bool:
    if len(plan.run_ids) > MAX_RUNS_AT_ONCE or plan.point_count > MAX_POINTS_AT_ONCE:
        return False
    return load(access, plan.run_ids, plan.request.key) <= MAX_POINTS_AT_ONCE
