"""Experiments and runs with something of everything in them."""

from __future__ import annotations

from apps.experiments.models import Experiment
from apps.experiments.services import create_experiment
from apps.projects.tenancy import bound
from apps.runs.models import Run
from apps.runs.services import DatasetUse, MetricColumns, create_run, log_batch, log_inputs
from apps.teams.access import Access

START_MS = 1_700_000_000_000


def make_experiment(access: Access, name: str = "baseline") -> Experiment:
    """An experiment with a tag."""
    return create_experiment(access, name=name, tags=[("purpose", "testing")])


def make_run(access: Access, *, experiment_number: int = 0, name: str = "first", points: int = 3) -> Run:
    """A run with a param, a tag, a dataset input and `points` points of the metric `loss`."""
    run, _ = create_run(access, experiment_number=experiment_number, name=name, start_time_ms=START_MS)
    steps = range(points)
    log_batch(
        access,
        run_id=run.pk,
        metrics=MetricColumns(
            keys=["loss"] * points,
            steps=list(steps),
            timestamps_ms=[START_MS + step for step in steps],
            values=[1.0 / (1 + step) for step in steps],
        ),
        params=[("alpha", "0.1")],
        tags=[("stage", "draft")],
    )
    log_inputs(access, run_id=run.pk, datasets=[DatasetUse("taxis", "d1", "local", "taxis.parquet")])
    with bound(access, readonly=True):
        run.refresh_from_db(from_queryset=Run.objects.in_project(access))
    return run
