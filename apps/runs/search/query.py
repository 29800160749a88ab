"""The search itself: one page of runs, exact, in the order asked for, continued by a signed token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from apps.common.filters.tree import Entity, Expr, OrderTerm, comparisons
from apps.common.filters.unparse import unparse, unparse_order
from apps.common.pagination import read_page_token, sign_page_token
from apps.experiments.models import Experiment
from apps.experiments.search import ViewType
from apps.projects.tenancy import bound
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import MetricBlock
from apps.runs.search.documents import complete_data
from apps.runs.search.narrowing import narrowed
from apps.runs.search.ordering import Search, complete, phases
from apps.runs.search.paging import FIRST, read_page
from apps.runs.search.vocabulary import RUNS
from apps.teams.access import Access
from apps.teams.permissions import Permission


class RunRow(NamedTuple):
    """A run as a page of results carries it. `data` is JSON text: metrics, params and tags, to be sent as it is."""

    id: UUID
    experiment_number: int
    name: str
    user_name: str
    status: str
    lifecycle: str
    start_time_ms: int
    end_time_ms: int | None
    data: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs in the order asked for. The token, if there is one, gives the next page of the same search.

    `with_inputs` are the ids of those that used data sets: the others need not be asked for theirs.
    """

    rows: list[RunRow]
    next_page_token: str | None
    with_inputs: frozenset[UUID] = frozenset()


def search_runs(
    access: Access,
    *,
    experiment_numbers: Sequence[int] | None,
    filter: str | None = None,  # noqa: A002
    order_by: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str | None = None,
    view_type: ViewType = ViewType.ACTIVE_ONLY,
) -> RunPage:
    """One page of the runs for which `filter` is true.

    Not to be called inside a read-only transaction: points that arrived since the last fold are folded first if the
    filter or the order asks for metrics, so that the answer is exact.

    Args:
        access: needs PROJECT_READ.
        experiment_numbers: where to search, None for everywhere. Numbers that name no experiment find nothing.
        filter: in the filter language, see apps.common.filters.
        order_by: columns, each with ASC or DESC; then start_time DESC and run_id decide.
        max_results: the most rows on the page, at least 1.
        page_token: of the page before.
        view_type: active runs, deleted ones or both.

    Raises:
        InvalidInput: the filter, the ordering or the page token.
    """
    access.require(Permission.PROJECT_READ)
    expr = RUNS.filter(filter)
    terms = complete(RUNS.order(order_by))
    scope = _scope(access, experiment_numbers, expr, terms, view_type)
    position = read_page_token(scope, page_token) if page_token else FIRST
    with bound(access, readonly=True):
        numbers = _numbers_by_id(access, experiment_numbers)
        is_everywhere = experiment_numbers is None
        search = Search(access, tuple(numbers), view_type.lifecycles, expr, is_everywhere)
        must_fold = _asks_for_metrics(expr, terms) and _has_unfolded(search)
        page = None if must_fold else _page(search, terms, position, max_results, numbers)
    if page is None:
        fold_dirty(access, search.experiment_ids)
        with bound(access, readonly=True):
            page = _page(search, terms, position, max_results, numbers)
    rows, next_position, with_inputs = page
    token = sign_page_token(scope, next_position) if next_position else None
    return RunPage(rows, token, with_inputs)


def _page(
    search: Search, terms: Sequence[OrderTerm], position: Sequence[Any], size: int, numbers: dict[int, int]
) -> tuple[list[RunRow], list[Any] | None, frozenset[UUID]]:
    """Rows, where the next page begins, and the rows with inputs: all of one snapshot."""
    if not numbers:
        return [], None, frozenset()
    found, next_position = read_page(search.access, phases(narrowed(search), terms), position, size)
    data = complete_data(search.access, {run.id: run.data for run in found})
    rows = [RunRow(run.id, numbers[run.experiment_id], *run[2:8], data[run.id]) for run in found]
    return rows, next_position, frozenset(run.id for run in found if run.has_inputs)


def _numbers_by_id(access: Access, experiment_numbers: Sequence[int] | None) -> dict[int, int]:
    rows = Experiment.objects.in_project(access)
    if experiment_numbers is not None:
        rows = rows.filter(number__in=[number for number in experiment_numbers if 0 <= number < 2**63])
    return dict(rows.values_list("id", "number"))


def _scope(
    access: Access,
    experiment_numbers: Sequence[int] | None,
    expr: Expr | None,
    terms: Sequence[OrderTerm],
    view_type: ViewType,
) -> str:
    """What a page token is bound to."""
    where = "all" if experiment_numbers is None else ",".join(map(str, sorted(set(experiment_numbers))))
    order = ", ".join(unparse_order(term) for term in terms)
    return "\n".join(["runs", str(access.project.id), where, view_type, order, unparse(expr) if expr else ""])


def _asks_for_metrics(expr: Expr | None, terms: Sequence[OrderTerm]) -> bool:
    return any(term.column.entity is Entity.METRIC for term in terms) or any(
        comparison.column.entity is Entity.METRIC for comparison in comparisons(expr)
    )


def _has_unfolded(search: Search) -> bool:
    blocks = MetricBlock.objects.in_project(search.access).filter(is_folded=False)
    return blocks.filter(experiment_id__in=search.experiment_ids).exists()
