"""Few runs first. A filter asks for every run whether it matches; where an index shows that few can, only those are asked.

PostgreSQL's planner finds this by itself. SQLite's takes the tables in the order in which it meets them, and would try
100,000 runs to find the one with a rare tag (1 s against 5 ms).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import connection

from apps.common.filters.tree import And, Comparison, Expr, Op
from apps.runs.search.conditions import KEYED_MODELS, keyed_condition
from apps.runs.search.ordering import Search

FEW = 500
INDEXED_OPERATORS = frozenset({Op.EQ, Op.IN, Op.LT, Op.LE, Op.GT, Op.GE})


def narrowed(search: Search) -> Search:
    """The same search among the few runs that can match, if that is known. To be called inside a bound transaction."""
    if connection.vendor == "sqlite":
        for comparison in _conjuncts(search.filter):
            run_ids = _candidates(search, comparison)
            if len(run_ids) <= FEW:
                return replace(search, run_ids=tuple(run_ids))
    return search


def _conjuncts(expr: Expr | None) -> list[Comparison]:
    """The comparisons that every match must pass and that an index answers."""
    operands = expr.operands if isinstance(expr, And) else (expr,)
    return [
        operand
        for operand in operands
        if isinstance(operand, Comparison) and operand.column.entity in KEYED_MODELS and operand.op in INDEXED_OPERATORS
    ]


def _candidates(search: Search, comparison: Comparison) -> list[UUID]:
    """Runs that pass one comparison: all of them if they are few, else one more than that."""
    column, values = comparison.column, tuple(literal.value for literal in comparison.values)
    rows = KEYED_MODELS[column.entity].objects.in_project(search.access)
    rows = rows.filter(
        keyed_condition(column, comparison.op, values), experiment_id__in=search.experiment_ids, key=column.key
    )
    return list(rows.values_list("run_id", flat=True)[: FEW + 1])
