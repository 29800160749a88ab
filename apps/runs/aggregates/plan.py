"""What an aggregate is computed from: runs, groups, the step axis, and a watermark of all that it depends on."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from django.db.models import QuerySet

from apps.common.errors import InvalidInput
from apps.common.filters.errors import InvalidFilter
from apps.common.filters.tree import Column, Entity, Expr
from apps.common.filters.unparse import unparse
from apps.experiments.queries import find_experiment
from apps.experiments.search import ViewType
from apps.projects.tenancy import bound
from apps.runs.metrics.aggregate import StepAxis
from apps.runs.metrics.digest import fold_dirty
from apps.runs.metrics.points import Int64s
from apps.runs.models import MetricSummary, Param, RunTag
from apps.runs.search.narrowing import narrowed
from apps.runs.search.ordering import Search
from apps.runs.search.vocabulary import RUNS
from apps.runs.tables import column_id
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_RUNS = 10_000
MAX_GROUPS = 50
MAX_BUCKETS = 1_000
DEFAULT_BUCKETS = 300
MAX_CELLS = 5_000_000
"""Runs times parts of the axis: a value of 8 bytes for each stands in memory, 40 MB at most."""
FEW_RUNS = 1_000
"""Up to so many runs are named to the database; of more, the experiment's rows are read and chosen from."""

_GROUP_MODELS: dict[Entity, type[Param] | type[RunTag]] = {Entity.PARAM: Param, Entity.TAG: RunTag}


@dataclass(frozen=True, slots=True)
class AggregateRequest:
    """Curves that somebody asks for.

    Attributes:
        experiment_number: where the runs are.
        key: of the metric.
        filter: which active runs, in the language of searches; empty for all.
        group_by: a param or tag, as `params.model`; empty for one group of all runs.
        buckets: into how many parts the steps are cut at most.
    """

    experiment_number: int
    key: str
    filter: str = ""
    group_by: str = ""
    buckets: int = DEFAULT_BUCKETS


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that decides what the curves are.

    Attributes:
        experiment_id: primary key.
        digest: of the question, whatever the runs are.
        watermark: of everything that the answer depends on: runs, their groups, how many points each has.
        run_ids: runs with the metric, the newest first, at most `MAX_RUNS`.
        point_counts: of the metric in each run.
        group: the group of each run, -1 for none of those that are given.
        labels: the value that each group shares, None for runs without it; the largest group first.
        group_count: how many groups there are, given or not.
        has_more_runs: whether older runs were left out.
        axis: None where no run has a point.
    """

    request: AggregateRequest
    experiment_id: int
    digest: str
    watermark: str
    run_ids: tuple[uuid.UUID, ...]
    point_counts: tuple[int, ...]
    group: Int64s
    labels: tuple[str | None, ...]
    group_count: int
    has_more_runs: bool
    axis: StepAxis | None

    @property
    def point_count(self) -> int:
        """Points to be read, as logged."""
        return sum(self.point_counts)


def make_plan(access: Access, request: AggregateRequest) -> Plan:
    """What the answer to `request` is to be computed from, at this moment.

    Not to be called inside a read-only transaction: points that arrived since the last fold are folded first.

    Raises:
        InvalidInput: the filter or what to group by.
        NotFound: the project has no such experiment.
    """
    access.require(Permission.PROJECT_READ)
    expr, column = RUNS.filter(request.filter), group_column(request.group_by)
    with bound(access, readonly=True):
        experiment_id = find_experiment(access, request.experiment_number).pk
    fold_dirty(access, [experiment_id])
    with bound(access, readonly=True):
        found = _found_runs(access, experiment_id, expr)
        rows = _summaries(access, experiment_id, request.key, found[:MAX_RUNS])
        run_ids = [run_id for run_id in found[:MAX_RUNS] if run_id in rows]
        values = _group_values(access, experiment_id, column, run_ids)
    group, labels, group_count = _groups([values.get(run_id) for run_id in run_ids])
    return Plan(
        request=request,
        experiment_id=experiment_id,
        digest=_digest([request.key, unparse(expr) if expr else "", _name(column), request.buckets]),
        watermark=_digest([[run_id.hex, rows[run_id], values.get(run_id)] for run_id in sorted(run_ids)]),
        run_ids=tuple(run_ids),
        point_counts=tuple(rows[run_id][2] for run_id in run_ids),
        group=group,
        labels=labels,
        group_count=group_count,
        has_more_runs=len(found) > MAX_RUNS,
        axis=_axis([rows[run_id] for run_id in run_ids], request.buckets),
    )


def group_column(text: str) -> Column | None:
    """The param or tag that a text names; None for an empty text.

    Raises:
        InvalidInput: it names anything else.
    """
    if not text:
        return None
    try:
        column = RUNS.order([text])[0].column
    except InvalidFilter as exc:
        raise InvalidInput("invalid_group", exc.reason, field="group_by") from exc
    if column.entity not in _GROUP_MODELS:
        raise InvalidInput("invalid_group", "Group by a param or a tag, as params.model.", field="group_by")
    return column


def _found_runs(access: Access, experiment_id: int, expr: Expr | None) -> list[uuid.UUID]:
    """The newest matching runs, one more than `MAX_RUNS` at most."""
    search = Search(access, (experiment_id,), ViewType.ACTIVE_ONLY.lifecycles, expr)
    runs = narrowed(search).runs().order_by("-start_time_ms", "pk")
    return list(runs.values_list("pk", flat=True)[: MAX_RUNS + 1])


def _summaries(
    access: Access, experiment_id: int, key: str, run_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[int, int, int]]:
    """First and last step and number of points of the metric, of the runs that have it."""
    rows = MetricSummary.objects.in_project(access).filter(experiment_id=experiment_id, key=key)
    return {row[0]: row[1:] for row in _of_runs(rows, run_ids, "first_step", "last_step", "point_count")}


def _group_values(
    access: Access, experiment_id: int, column: Column | None, run_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    if column is None:
        return {}
    rows = _GROUP_MODELS[column.entity].objects.in_project(access)
    return dict(_of_runs(rows.filter(experiment_id=experiment_id, key=column.key), run_ids, "value"))


def _of_runs(rows: QuerySet[Any], run_ids: Collection[uuid.UUID], *columns: str) -> list[Any]:
    if not run_ids:
        return []
    if len(run_ids) <= FEW_RUNS:
        rows = rows.filter(run_id__in=list(run_ids))
    chosen = set(run_ids)
    return [row for row in rows.values_list("run_id", *columns) if row[0] in chosen]


def _groups(values: Sequence[str | None]) -> tuple[Int64s, tuple[str | None, ...], int]:
    counts = Counter(values)
    ordered = sorted(counts, key=lambda value: (-counts[value], value is None, value or ""))
    labels = ordered[:MAX_GROUPS]
    places = {value: place for place, value in enumerate(labels)}
    return np.array([places.get(value, -1) for value in values], dtype=np.int64), tuple(labels), len(ordered)


def _axis(rows: Sequence[tuple[int, int, int]], buckets: int) -> StepAxis | None:
    if not rows:
        return None
    most = min(buckets, MAX_CELLS // len(rows))
    return StepAxis.over(min(first for first, _, _ in rows), max(last for _, last, _ in rows), most)


def _name(column: Column | None) -> str:
    return column_id(column) if column else ""


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()
