"""Comparisons as Django conditions. Values only ever travel as parameters; no text of a filter becomes SQL.

A comparison with what is missing is false, and NOT turns it true: conditions here never yield SQL's NULL.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_

from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, In

from apps.common.filters.lookups import ILike, Like
from apps.common.filters.tree import And, Comparison, Expr, Not, Op, Or, Scalar

NEVER = Q(pk__in=[])
ALWAYS = ~NEVER
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
LOOKUPS = {Op.EQ: "exact", Op.LT: "lt", Op.LE: "lte", Op.GT: "gt", Op.GE: "gte"}
OPPOSITES = {
    Op.NE: Op.EQ,
    Op.NOT_IN: Op.IN,
    Op.NOT_LIKE: Op.LIKE,
    Op.NOT_ILIKE: Op.ILIKE,
    Op.IS_NULL: Op.IS_NOT_NULL,
}


def combined(expr: Expr | None, compare: Callable[[Comparison], Q]) -> Q:
    """The condition of a whole filter, of what `compare` makes of its comparisons; always true for None."""
    match expr:
        case None:
            return Q()
        case Comparison():
            return compare(expr)
        case Not(operand):
            return ~combined(operand, compare)
        case And(operands):
            return reduce(and_, (combined(operand, compare) for operand in operands))
        case Or(operands):
            return reduce(or_, (combined(operand, compare) for operand in operands))


def text_condition(expression: Combinable, op: Op, values: Sequence[Scalar]) -> Q:
    """A text that is never NULL, compared."""
    if op in OPPOSITES:
        return ~text_condition(expression, OPPOSITES[op], values)
    texts = [str(value) for value in values]
    match op:
        case Op.EQ:
            return Q(Exact(expression, texts[0]))
        case Op.IN:
            return Q(In(expression, texts))
        case Op.LIKE:
            return Q(Like(expression, texts[0]))
        case Op.ILIKE:
            return Q(ILike(expression, texts[0]))
    return ALWAYS  # IS NOT NULL


def headed_text_condition(path: str, head_path: str, head_length: int, op: Op, values: Sequence[Scalar]) -> Q:
    """The same for a long text whose first `head_length` characters stand in an indexed column of their own."""
    if op in OPPOSITES:
        return ~headed_text_condition(path, head_path, head_length, OPPOSITES[op], values)
    if op not in (Op.EQ, Op.IN):
        return text_condition(F(path), op, values)
    heads = [str(value)[:head_length] for value in values]
    condition = text_condition(F(head_path), op, heads)
    if any(len(head) == head_length for head in heads):
        condition &= text_condition(F(path), op, values)
    return condition


def float_condition(path: str, op: Op, values: Sequence[Scalar]) -> Q:
    """A float column whose NULL means NaN, which equals only NaN and differs from everything else."""
    if op in OPPOSITES:
        return ~float_condition(path, OPPOSITES[op], values)
    numbers = [float(value) for value in values]
    match op:
        case Op.IS_NOT_NULL:
            return ALWAYS
        case Op.EQ if math.isnan(numbers[0]):
            return Q(**{f"{path}__isnull": True})
        case Op.IN:
            return Q(**{f"{path}__isnull": False, f"{path}__in": numbers})
    return Q(**{f"{path}__isnull": False, f"{path}__{LOOKUPS[op]}": numbers[0]})


def integer_condition(path: str, op: Op, values: Sequence[Scalar]) -> Q:
    """A 64-bit integer column that may be NULL, compared with any numbers: fractions, infinities, NaN."""
    if op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return Q(**{f"{path}__isnull": op is Op.IS_NULL})
    present = Q(**{f"{path}__isnull": False})
    if op in OPPOSITES:
        return present & ~integer_condition(path, OPPOSITES[op], values)
    if op in (Op.EQ, Op.IN):
        whole = [int(value) for value in values if _is_int64(value)]
        return present & Q(**{f"{path}__in": whole}) if whole else NEVER
    return present & _bounded(path, op, float(values[0]) if isinstance(values[0], float) else int(values[0]))


def _bounded(path: str, op: Op, bound: float | int) -> Q:
    is_upper = op in (Op.LT, Op.LE)
    if bound > INT64_MAX:
        return ALWAYS if is_upper else NEVER
    if bound < INT64_MIN:
        return NEVER if is_upper else ALWAYS
    if bound != int(bound):
        bound, op = (math.floor(bound), Op.LE) if is_upper else (math.ceil(bound), Op.GE)
    return Q(**{f"{path}__{LOOKUPS[op]}": int(bound)})


def _is_int64(value: Scalar) -> bool:
    number = float(value)
    return math.isfinite(number) and value == int(value) and INT64_MIN <= int(value) <= INT64_MAX
