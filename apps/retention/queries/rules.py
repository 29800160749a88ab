"""A project's rules, and which runs they would move to the trash."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, OrderBy, QuerySet, Window
from django.db.models.functions import RowNumber

from apps.common.clock import now_ms
from apps.experiments.models import Experiment, Lifecycle
from apps.projects.tenancy import bound
from apps.retention.keepers import kept_runs
from apps.retention.models import DEFAULT_TRASH_DAYS, BestIs, ProjectRetention
from apps.retention.queries.sizes import Size, sizes
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import MetricSummary, Run, RunStatus
from apps.teams.access import Access
from apps.teams.permissions import Permission

_ENDED = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rules:
    """What ProjectRetention says. A run stays as long as any rule keeps it; with no rule, nothing moves."""

    trash_days: int = DEFAULT_TRASH_DAYS
    keep_days: int | None = None
    keep_best_count: int | None = None
    keep_best_metric: str = ""
    keep_best_direction: str = BestIs.HIGHEST

    @property
    def moves_runs(self) -> bool:
        """Whether there is any rule about runs."""
        return self.keep_days is not None or self.keep_best_count is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would move to the trash now; `kept_count` more would, were they not in use."""

    run_count: int
    kept_count: int
    size: Size


def project_rules(access: Access) -> Rules:
    """The project's rules, or the defaults. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        row = ProjectRetention.objects.in_project(access).first()
    if row is None:
        return Rules()
    return Rules(**{field: getattr(row, field) for field in asdict(Rules())})


def preview_rules(access: Access, rules: Rules) -> Preview:
    """What the rules would move now: some statements for every 500 runs.

    `size.freed_bytes` is 0: moving frees nothing yet. Not to be called inside a read-only transaction: which runs are
    the best is read from summaries, so points that were just logged are folded first.
    """
    access.require(Permission.PROJECT_READ)
    if rules.keep_best_count is not None:
        fold_dirty(access)
    run_count = kept_count = file_count = file_bytes = point_count = metric_bytes = 0
    with bound(access, readonly=True):
        for batch in outdated_batches(access, rules):
            kept = kept_runs(access.project.id, batch)
            going = [run_id for run_id in batch if run_id not in kept]
            run_count, kept_count = run_count + len(going), kept_count + len(kept)
            for size in sizes(access, "run", going).values():
                file_count, file_bytes = file_count + size.file_count, file_bytes + size.file_bytes
                point_count, metric_bytes = point_count + size.point_count, metric_bytes + size.metric_bytes
    return Preview(run_count, kept_count, Size(file_count, file_bytes, 0, point_count, metric_bytes))


def outdated_batches(access: Access, rules: Rules) -> Iterator[list[uuid.UUID]]:
    """The runs that no rule keeps, by key, 500 at a time; each batch is looked up when it is asked for."""
    rows = outdated_runs(access, rules).order_by("pk").values_list("pk", flat=True)
    batch = list(rows[:_BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1])[:_BATCH])


def outdated_runs(access: Access, rules: Rules) -> QuerySet[Run]:
    """Active runs that have ended and that no rule keeps. Runs that go on always stay.

    Of a metric, a run's best value counts, NaN aside. Where runs are judged by a metric alone, those without it stay.
    """
    experiments = Experiment.objects.in_project(access).filter(lifecycle=Lifecycle.ACTIVE)
    runs = Run.objects.in_project(access).filter(
        lifecycle=Lifecycle.ACTIVE,
        status__in=_ENDED,
        end_time_ms__isnull=False,
        experiment__in=experiments.values("pk"),
    )
    if not rules.moves_runs:
        return runs.none()
    if rules.keep_days is not None:
        age_ms = timedelta(days=rules.keep_days) // timedelta(milliseconds=1)
        runs = runs.filter(end_time_ms__lt=now_ms() - age_ms)
    if rules.keep_best_count is not None:
        judged = _judged(access, rules)
        runs = runs.exclude(pk__in=judged.filter(place__lte=rules.keep_best_count).values("run_id"))
        if rules.keep_days is None:
            runs = runs.filter(pk__in=judged.values("run_id"))
    return runs


def _judged(access: Access, rules: Rules) -> QuerySet[Any]:
    """Summaries of active runs that have the metric, each with its place among those of the experiment."""
    is_highest = rules.keep_best_direction == BestIs.HIGHEST
    column = "max_value" if is_highest else "min_value"
    active = Run.objects.in_project(access).filter(lifecycle=Lifecycle.ACTIVE)
    summaries: QuerySet[Any] = MetricSummary.objects.in_project(access).filter(
        key=rules.keep_best_metric, run__in=active.values("pk"), **{f"{column}__isnull": False}
    )
    order = [OrderBy(F(column), descending=is_highest), OrderBy(F("run_id"))]
    placed: QuerySet[Any] = summaries.annotate(
        place=Window(RowNumber(), partition_by=[F("experiment_id")], order_by=order)
    )
    return placed
