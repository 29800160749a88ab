"""What lies in a project's trash.

An experiment lies there with all its runs. A deleted experiment keeps no other time than that of its deletion in
`updated_at_ms`: every other write to it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet

from apps.common.clock import now_ms
from apps.common.pagination import read_page_token, sign_page_token
from apps.experiments.models import Experiment, Lifecycle
from apps.logged_models.models import LoggedModel
from apps.projects.tenancy import bound
from apps.retention.queries.rules import project_rules
from apps.retention.queries.sizes import Size, sizes, trash_size
from apps.runs.models import Run
from apps.teams.access import Access
from apps.teams.permissions import Permission

DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """A deleted run, or a deleted experiment with its runs.

    Attributes:
        kind: what it is.
        id: of a run 32 hex digits; of an experiment its number.
        name: as people know it.
        experiment_number: of the run's experiment, or its own.
        experiment_name: of the same.
        deleted_at_ms: milliseconds since the epoch.
        days_left: until it is removed for good, rounded up; None for never.
        run_count: runs of the experiment; 1 for a run.
        active_count: runs of the experiment that were restored by themselves. While there are any, it stays.
        size: with what would be freed if it alone went.
    """

    kind: Literal["run", "experiment"]
    id: str
    name: str
    experiment_number: int
    experiment_name: str
    deleted_at_ms: int
    days_left: int | None
    run_count: int
    active_count: int
    size: Size


@dataclass(frozen=True, slots=True)
class TrashPage:
    """A part of the trash, what was deleted last first."""

    entries: list[TrashEntry]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class TrashTotals:
    """All of the trash. `experiment_count` experiments, and `run_count` runs: theirs, and others."""

    experiment_count: int
    run_count: int
    size: Size


def deleted_experiments(access: Access) -> QuerySet[Experiment]:
    """The experiments in the trash."""
    return Experiment.objects.in_project(access).filter(lifecycle=Lifecycle.DELETED)


def deleted_runs(access: Access) -> QuerySet[Run]:
    """The runs that lie in the trash by themselves: those of a deleted experiment lie there with it."""
    active = Experiment.objects.in_project(access).filter(lifecycle=Lifecycle.ACTIVE)
    return Run.objects.in_project(access).filter(lifecycle=Lifecycle.DELETED, experiment__in=active.values("pk"))


def deleted_models(access: Access) -> QuerySet[LoggedModel]:
    """The logged models that were deleted by themselves. Nothing restores them; they go when the trash is emptied."""
    active = Experiment.objects.in_project(access).filter(lifecycle=Lifecycle.ACTIVE)
    models = LoggedModel.objects.in_project(access)
    return models.filter(lifecycle=Lifecycle.DELETED, experiment__in=active.values("pk"))


def trash_page(access: Access, *, page_size: int = 100, page_token: str | None = None) -> TrashPage:
    """A page of the trash; as many statements, however much lies there.

    Raises:
        InvalidInput: the page token is of another list.
    """
    access.require(Permission.PROJECT_READ)
    scope = f"trash of {access.project.id}"
    after = tuple(read_page_token(scope, page_token)) if page_token else None
    with bound(access, readonly=True):
        experiments = _first_experiments(access, after, page_size + 1)
        runs = _first_runs(access, after, page_size + 1)
        found: list[Experiment | Run] = sorted([*experiments, *runs], key=_position)
        page = found[:page_size]
        entries = _entries(access, page)
    return TrashPage(entries, sign_page_token(scope, _position(page[-1])) if len(found) > page_size else None)


def trash_totals(access: Access) -> TrashTotals:
    """What lies in the trash together, and would be freed by emptying it."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        return TrashTotals(
            deleted_experiments(access).count(),
            Run.objects.in_project(access).filter(lifecycle=Lifecycle.DELETED).count(),
            trash_size(access),
        )


# What was deleted last comes first; of what was deleted together, experiments, and then by key.
def _position(row: Experiment | Run) -> tuple[int, int, int | str]:
    if isinstance(row, Experiment):
        return -row.updated_at_ms, 0, row.number
    return -(row.deleted_at_ms or 0), 1, row.pk.hex


def _first_experiments(access: Access, after: tuple[Any, ...] | None, count: int) -> list[Experiment]:
    rows = deleted_experiments(access).order_by("-updated_at_ms", "number")
    if after is not None:
        time, kind, key = after
        earlier = Q(updated_at_ms__lt=-time)
        rows = rows.filter(earlier if kind else earlier | Q(updated_at_ms=-time, number__gt=key))
    return list(rows[:count])


def _first_runs(access: Access, after: tuple[Any, ...] | None, count: int) -> list[Run]:
    rows = deleted_runs(access).select_related("experiment").order_by("-deleted_at_ms", "pk")
    if after is not None:
        time, kind, key = after
        earlier, same_moment = Q(deleted_at_ms__lt=-time), Q(deleted_at_ms=-time)
        rows = rows.filter(earlier | (same_moment & Q(pk__gt=key) if kind else same_moment))
    return list(rows[:count])


def _entries(access: Access, rows: list[Experiment | Run]) -> list[TrashEntry]:
    trash_days = project_rules(access).trash_days
    numbers = [row.pk for row in rows if isinstance(row, Experiment)]
    size_of: dict[Any, Size] = sizes(access, "experiment", numbers)
    size_of |= sizes(access, "run", [row.pk for row in rows if isinstance(row, Run)])
    counts = _run_counts(access, numbers)
    entries = []
    for row in rows:
        deleted_at_ms = -_position(row)[0]
        days_left = _days_left(deleted_at_ms, trash_days)
        size = size_of[row.pk]
        if isinstance(row, Experiment):
            run_count, active_count = counts.get(row.pk, (0, 0))
            entry = TrashEntry(
                "experiment", str(row.number), row.name, row.number, row.name, deleted_at_ms, days_left, run_count,
                active_count, size,
            )  # fmt: skip
        else:
            of = row.experiment
            entry = TrashEntry(
                "run", row.pk.hex, row.name, of.number, of.name, deleted_at_ms, days_left, 1, 0, size
            )  # fmt: skip
        entries.append(entry)
    return entries


def _run_counts(access: Access, experiment_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Of each experiment all runs, and the active ones."""
    if not experiment_ids:
        return {}
    runs = Run.objects.in_project(access).filter(experiment__in=experiment_ids)
    rows = runs.values_list("experiment_id").annotate(
        every=Count("pk"), active=Count("pk", filter=Q(lifecycle=Lifecycle.ACTIVE))
    )
    return {experiment_id: (every, active) for experiment_id, every, active in rows.order_by()}


def _days_left(deleted_at_ms: int, trash_days: int) -> int | None:
    if not trash_days:
        return None
    left_ms = deleted_at_ms + trash_days * DAY_MS - now_ms()
    return max(0, -(-left_ms // DAY_MS))
