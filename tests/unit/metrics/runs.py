"""Runs for tests of the engine, made as the services make them."""

from __future__ import annotations

import uuid

import numpy as np

from apps.projects.tenancy import bound
from apps.runs.metrics.points import Points
from apps.runs.models import MetricBlock, MetricSegment, Run
from apps.runs.services import create_run
from apps.teams.access import Access


def make_run(access: Access) -> uuid.UUID:
    """A new run in the Default experiment."""
    run, _ = create_run(access, experiment_number=0, start_time_ms=1_700_000_000_000)
    return run.id


def change_run(access: Access, run_id: uuid.UUID, **columns: object) -> None:
    """Set columns of a run directly."""
    with bound(access):
        assert Run.objects.in_project(access).filter(pk=run_id).update(**columns) == 1


def curve(key: str, start: int, count: int) -> Points:
    """A loss curve from step `start` on; the same step always has the same value."""
    steps = np.arange(start, start + count)
    return Points.of_series(key, steps, 1_700_000_000_000 + 17 * steps, 1 / (1.0 + steps))


def counts(access: Access, run_id: uuid.UUID) -> tuple[int, int, int]:
    """How many unfolded blocks, folded blocks and segments a run has."""
    with bound(access):
        blocks = MetricBlock.objects.in_project(access).filter(run_id=run_id)
        segments = MetricSegment.objects.in_project(access).filter(run_id=run_id)
        return blocks.filter(is_folded=False).count(), blocks.filter(is_folded=True).count(), segments.count()
