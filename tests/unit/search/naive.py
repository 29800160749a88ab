"""Search as its definition says it, over values in memory: what the compiled search must equal."""

from __future__ import annotations

import math
import operator
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.common.filters.lookups import Wildcard, pattern_parts
from apps.common.filters.tree import And, Column, Comparison, Entity, Expr, Not, Op, Or, OrderTerm, Stat

OPPOSITES = {Op.NE: Op.EQ, Op.NOT_IN: Op.IN, Op.NOT_LIKE: Op.LIKE, Op.NOT_ILIKE: Op.ILIKE}
ORDERS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


@dataclass(frozen=True, slots=True)
class NaiveRun:
    """A run with everything that a search can ask for."""

    id: uuid.UUID
    experiment_number: int
    name: str
    user_name: str
    status: str
    lifecycle: str
    start_time_ms: int
    end_time_ms: int | None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, dict[Stat, float]] = field(default_factory=dict)
    # name, digest and context, which may be empty for none
    datasets: tuple[tuple[str, str, str], ...] = ()

    def value(self, column: Column) -> Any:
        """The value of a column other than a dataset's, None if it is missing."""
        match column.entity:
            case Entity.METRIC:
                return self.metrics.get(column.key, {}).get(column.stat)
            case Entity.PARAM:
                return self.params.get(column.key)
            case Entity.TAG:
                return self.tags.get(column.key)
        return {
            "run_id": self.id.hex,
            "run_name": self.name,
            "user_id": self.user_name,
            "status": self.status,
            "start_time": self.start_time_ms,
            "end_time": self.end_time_ms,
            "artifact_uri": f"mlflow-artifacts:/{self.experiment_number}/{self.id.hex}/artifacts",
        }[column.key]


def matches(expr: Expr | None, run: NaiveRun) -> bool:
    """Whether a filter is true of a run."""
    match expr:
        case None:
            return True
        case Not(operand):
            return not matches(operand, run)
        case And(operands):
            return all(matches(operand, run) for operand in operands)
        case Or(operands):
            return any(matches(operand, run) for operand in operands)
        case Comparison(column, op, literals):
            values = [literal.value for literal in literals]
            if column.entity is not Entity.DATASET:
                return compares(run.value(column), op, values)
            place = ("name", "digest", "context").index(column.key)
            found = [dataset[place] for dataset in run.datasets if place < 2 or dataset[place]]
            if op is Op.IS_NULL:
                return not found
            return any(compares(value, op, values) for value in found)


def compares(value: Any, op: Op, others: Sequence[Any]) -> bool:
    """One comparison. What is missing compares false with everything."""
    if op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return (value is None) is (op is Op.IS_NULL)
    if value is None:
        return False
    if op in OPPOSITES:
        return not compares(value, OPPOSITES[op], others)
    if op in (Op.EQ, Op.IN):
        return any(value == other or (is_nan(value) and is_nan(other)) for other in others)
    if op in ORDERS:
        return ORDERS[op](value, others[0])
    return like(value, others[0], minds_case=op is Op.LIKE)


def like(text: str, pattern: str, *, minds_case: bool) -> bool:
    """LIKE and ILIKE."""
    wildcards = {Wildcard.ANY: ".*", Wildcard.ONE: "."}
    regex = "".join(wildcards[p] if isinstance(p, Wildcard) else re.escape(p) for p in pattern_parts(pattern))
    flags = re.DOTALL if minds_case else re.DOTALL | re.IGNORECASE | re.ASCII
    return re.fullmatch(regex, text, flags) is not None


def ordered(runs: Iterable[NaiveRun], terms: Sequence[OrderTerm]) -> list[NaiveRun]:
    """Runs sorted by the terms, then the newest start, then the id; NaN, then missing values last in any direction."""
    found = sorted(runs, key=lambda run: (-run.start_time_ms, run.id))
    for term in reversed(terms):
        present = [run for run in found if rank(run.value(term.column)) == 0]
        present.sort(key=lambda run: run.value(term.column), reverse=term.descending)
        rest = [run for run in found if rank(run.value(term.column)) > 0]
        found = present + sorted(rest, key=lambda run: rank(run.value(term.column)))
    return found


def rank(value: Any) -> int:
    """0 for a value, 1 for NaN, 2 for none."""
    return 2 if value is None else int(is_nan(value))


def is_nan(value: Any) -> bool:
    """Whether a value is NaN."""
    return isinstance(value, float) and math.isnan(value)
