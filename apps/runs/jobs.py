"""Background jobs on runs."""

from __future__ import annotations

from apps.common.errors import InvalidInput, NotFound
from apps.common.words import counted
from apps.jobs.errors import JobFailed
from apps.jobs.running import RunningJob
from apps.runs.aggregates.compute import compute
from apps.runs.aggregates.plan import AggregateRequest, make_plan
from apps.runs.aggregates.rows import keep_curves


def aggregate_metrics(job: RunningJob) -> None:
    """Compute the curves of one metric over many runs, and keep them.

    Interrupted, it begins again: what it has in memory would be larger than what it reads.
    """
    try:
        plan = make_plan(job.access, AggregateRequest(**job.args))
    except (InvalidInput, NotFound) as exc:
        raise JobFailed(exc.message) from exc
    total = len(plan.run_ids)

    def advance(done: int) -> None:
        job.checkpoint(done=done, total=total, note=f"{done:,} of {counted(total, 'run')}")

    advance(0)
    keep_curves(job.access, plan, compute(job.access, plan, advance=advance))
