"""What a project's front page says about its experiments."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max

from apps.experiments.models import Experiment, Lifecycle
from apps.projects.tenancy import bound
from apps.runs.models import Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_EXPERIMENTS = 500


@dataclass(frozen=True, slots=True)
class ExperimentOverview:
    """An active experiment, how many active runs it has, and when the newest of them started (None without runs)."""

    number: int
    name: str
    created_at_ms: int
    run_count: int
    newest_run_ms: int | None


def experiment_overviews(access: Access) -> list[ExperimentOverview]:
    """The project's active experiments, the one with the newest run first; at most 500. Two statements."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        experiments = Experiment.objects.in_project(access).filter(lifecycle=Lifecycle.ACTIVE)
        rows = list(experiments.order_by("-updated_at_ms", "-number")[:MAX_EXPERIMENTS])
        runs = Run.objects.in_project(access).filter(experiment__in=rows, lifecycle=Lifecycle.ACTIVE)
        counted = runs.values("experiment_id").annotate(count=Count("pk"), newest=Max("start_time_ms")).order_by()
        counts = {row["experiment_id"]: (row["count"], row["newest"]) for row in counted}
    overviews = [
        ExperimentOverview(row.number, row.name, row.created_at_ms, *counts.get(row.pk, (0, None))) for row in rows
    ]
    return sorted(overviews, key=lambda one: (one.newest_run_ms or one.created_at_ms, one.number), reverse=True)
