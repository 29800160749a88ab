"""An ordering of runs as phases, each of which reads an index in order and stops when a page is full.

Ordering by a metric, a param or a tag reads that table first, in the order of its values, then the runs whose
metric is NaN, then those which have none: values, NaN, missing, in both directions. Everything else is one phase.
Ties fall to the newest start, then to the run id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, CharField, Exists, F, FloatField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from apps.common.fields import ValueField
from apps.common.filters.keyset import KeyType, SortKey, missing_last
from apps.common.filters.tree import And, Column, Comparison, Entity, Expr, Op, OrderTerm
from apps.runs.models import Run
from apps.runs.search.conditions import (
    INTEGER_FIELDS,
    ITS_RUN,
    KEYED_MODELS,
    STAT_FIELDS,
    TEXT_ATTRIBUTES,
    THE_RUN,
    RunPath,
    keyed_condition,
    keyed_rows,
    run_condition,
)
from apps.teams.access import Access

START_TIME = Column(Entity.ATTRIBUTE, "start_time")
RUN_ID = Column(Entity.ATTRIBUTE, "run_id")
DEFAULT_ORDER = (OrderTerm(START_TIME, descending=True), OrderTerm(RUN_ID))
# What stands in for a value where there is none, so that no sort key is NULL.
_NO_NUMBER = Value(0, output_field=BigIntegerField())
_NO_FLOAT = Value(0.0, output_field=FloatField())
_NO_TEXT = Value("", output_field=ValueField())
NAN_OPERATORS = frozenset({Op.EQ, Op.NE, Op.NOT_IN, Op.IS_NOT_NULL})


@dataclass(frozen=True, slots=True)
class Phase:
    """Part of an ordering: matching rows, how they reach their run, and the keys that sort them.

    `is_driving` says that an index has the rows nearly in order, so that reading them first ends with the page.
    """

    rows: QuerySet[Any]
    run: RunPath
    keys: tuple[SortKey, ...]
    is_driving: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: the runs in `experiment_ids` and `lifecycles` for which `filter` is true.

    `is_everywhere` says that those are all experiments of the project; `run_ids`, that no other run can match.
    """

    access: Access
    experiment_ids: tuple[int, ...]
    lifecycles: tuple[str, ...]
    filter: Expr | None
    is_everywhere: bool = False
    run_ids: tuple[UUID, ...] | None = None

    def runs(self) -> QuerySet[Run]:
        """The runs themselves."""
        rows = self.rows(Run.objects.in_project(self.access), THE_RUN, self.filter)
        return rows if self.is_everywhere else rows.filter(_one_or_in("experiment_id", self.experiment_ids))

    def keyed_rows(self, column: Column, filter_: Expr | None) -> QuerySet[Any]:
        """The rows of a metric, param or tag of runs for which `filter_` is true."""
        rows = KEYED_MODELS[column.entity].objects.in_project(self.access).filter(key=column.key)
        return self.rows(rows, ITS_RUN, filter_).filter(_one_or_in("experiment_id", self.experiment_ids))

    def rows(self, rows: QuerySet[Any], run: RunPath, filter_: Expr | None) -> QuerySet[Any]:
        """`rows` whose run is of the searched lifecycles and matches `filter_`."""
        condition = _one_or_in(run("lifecycle"), self.lifecycles)
        if self.run_ids is not None:
            condition &= Q(**{f"{run.id}__in": self.run_ids})
        return rows.filter(condition, run_condition(self.access, filter_, run))


def complete(terms: Sequence[OrderTerm]) -> tuple[OrderTerm, ...]:
    """`terms` made a total order."""
    complete_terms: list[OrderTerm] = []
    for term in (*terms, *DEFAULT_ORDER):
        if all(term.column != earlier.column for earlier in complete_terms):
            complete_terms.append(term)
        if term.column == RUN_ID:
            break
    return tuple(complete_terms)


def phases(search: Search, terms: Sequence[OrderTerm]) -> list[Phase]:
    """The phases of a complete ordering, in order; together they hold every matching run once."""
    first, *rest = terms
    if first.column.entity not in KEYED_MODELS:
        keys = _sort_keys(search.access, terms, THE_RUN)
        return [Phase(search.runs(), THE_RUN, keys)]
    on_column, elsewhere = _split(search.filter, first.column)
    found = [_valued_phase(search, first, rest, on_column, elsewhere)]
    if first.column.entity is Entity.METRIC and all(comparison.op in NAN_OPERATORS for comparison in on_column):
        found.append(_nan_phase(search, first.column, rest, on_column, elsewhere))
    if not on_column:
        found.append(_missing_phase(search, first.column, rest))
    return found


def _valued_phase(
    search: Search,
    first: OrderTerm,
    rest: Sequence[OrderTerm],
    on_column: Sequence[Comparison],
    elsewhere: Expr | None,
) -> Phase:
    column, is_descending = first.column, first.descending
    rows = _driving_rows(search, column, on_column, elsewhere)
    if column.entity is Entity.METRIC:
        field = STAT_FIELDS[column.stat]
        rows = rows.filter(**{f"{field}__isnull": False})
        keys = [SortKey(F(field), KeyType.FLOAT, is_descending)]
    else:
        keys = [SortKey(F(field), KeyType.TEXT, is_descending) for field in ("value_head", "value")]
    keys += _sort_keys(search.access, rest, ITS_RUN)
    return Phase(rows, ITS_RUN, tuple(keys), is_driving=search.run_ids is None)


def _nan_phase(
    search: Search,
    column: Column,
    rest: Sequence[OrderTerm],
    on_column: Sequence[Comparison],
    elsewhere: Expr | None,
) -> Phase:
    rows = _driving_rows(search, column, on_column, elsewhere).filter(**{f"{STAT_FIELDS[column.stat]}__isnull": True})
    return Phase(rows, ITS_RUN, _sort_keys(search.access, rest, ITS_RUN))


def _missing_phase(search: Search, column: Column, rest: Sequence[OrderTerm]) -> Phase:
    rows = search.runs().filter(~Exists(keyed_rows(search.access, column, THE_RUN)))
    return Phase(rows, THE_RUN, _sort_keys(search.access, rest, THE_RUN))


def _driving_rows(
    search: Search, column: Column, on_column: Sequence[Comparison], elsewhere: Expr | None
) -> QuerySet[Any]:
    """The rows of `column` itself: what the filter asks of this column is asked of the very row that sorts."""
    rows = search.keyed_rows(column, elsewhere)
    for comparison in on_column:
        values = tuple(literal.value for literal in comparison.values)
        rows = rows.filter(keyed_condition(column, comparison.op, values))
    return rows


def _split(expr: Expr | None, column: Column) -> tuple[list[Comparison], Expr | None]:
    """What a conjunction asks of `column`, which then must be there, and the rest."""
    operands = expr.operands if isinstance(expr, And) else () if expr is None else (expr,)
    on_column = [
        operand
        for operand in operands
        if isinstance(operand, Comparison) and operand.column == column and operand.op is not Op.IS_NULL
    ]
    others = tuple(operand for operand in operands if operand not in on_column)
    return on_column, And(others) if others else None


def _sort_keys(access: Access, terms: Sequence[OrderTerm], run: RunPath) -> tuple[SortKey, ...]:
    return tuple(key for term in terms for key in _term_keys(access, term, run))


def _term_keys(access: Access, term: OrderTerm, run: RunPath) -> list[SortKey]:
    column, is_descending = term.column, term.descending
    if column == RUN_ID:
        return [SortKey(F(run.id), KeyType.UUID, is_descending)]
    if column.key == "end_time" and column.entity is Entity.ATTRIBUTE:
        path = F(run("end_time_ms"))
        return missing_last(path, _NO_NUMBER, KeyType.INTEGER, is_descending)
    if column.key == "artifact_uri" and column.entity is Entity.ATTRIBUTE:
        # The order of the whole text, which does not depend on how a database collates "/".
        number = Cast(run("experiment__number"), CharField())
        return [SortKey(number, KeyType.TEXT, is_descending), SortKey(F(run.id), KeyType.UUID, is_descending)]
    if column.entity is Entity.ATTRIBUTE:
        if column.key in INTEGER_FIELDS:
            return [SortKey(F(run(INTEGER_FIELDS[column.key])), KeyType.INTEGER, is_descending)]
        return [SortKey(TEXT_ATTRIBUTES[column.key](run), KeyType.TEXT, is_descending)]
    rows = keyed_rows(access, column, run)
    if column.entity is not Entity.METRIC:
        return missing_last(Subquery(rows.values("value")[:1]), _NO_TEXT, KeyType.TEXT, is_descending)
    value = Subquery(rows.values(STAT_FIELDS[column.stat])[:1])
    return missing_last(value, _NO_FLOAT, KeyType.FLOAT, is_descending, is_nan=Q(Exists(rows)))


def _one_or_in(path: str, values: tuple[Any, ...]) -> Q:
    """Equality where it does: an index serves an order behind an equal column, not behind a list."""
    return Q(**{path: values[0]}) if len(values) == 1 else Q(**{f"{path}__in": values})
