"""Tree to text: the shortest spelling that parses back to an equal tree."""

from __future__ import annotations

import re

from apps.common.filters.parser import STATS
from apps.common.filters.tree import And, Column, Comparison, Entity, Expr, Literal, Not, Op, Or, OrderTerm, Stat

PLAIN_KEY = re.compile(r"\w[\w./:\-]*")


def unparse(expr: Expr) -> str:
    """The text of a tree; `parse_filter` gives an equal tree back."""
    match expr:
        case Comparison():
            return _comparison(expr)
        case Not(operand):
            return f"NOT {_grouped(operand)}"
        case And(operands):
            return " AND ".join(_grouped(operand) for operand in operands)
        case Or(operands):
            return " OR ".join(_grouped(operand) for operand in operands)


def unparse_order(term: OrderTerm) -> str:
    """The text of a term of an ordering; `parse_order` gives an equal term back."""
    return f"{_column(term.column)} {'DESC' if term.descending else 'ASC'}"


def _grouped(expr: Expr) -> str:
    return f"({unparse(expr)})" if isinstance(expr, And | Or) else unparse(expr)


def _comparison(comparison: Comparison) -> str:
    head = f"{_column(comparison.column)} {comparison.op}"
    values = ", ".join(_literal(literal) for literal in comparison.values)
    if comparison.op in (Op.IN, Op.NOT_IN):
        return f"{head} ({values})"
    return f"{head} {values}" if values else head


def _column(column: Column) -> str:
    is_metric = column.entity is Entity.METRIC
    is_plain = PLAIN_KEY.fullmatch(column.key) and not (is_metric and column.key.rpartition(".")[2] in STATS)
    key = column.key if is_plain else f"`{column.key.replace('`', '``')}`"
    suffix = "" if column.stat is Stat.LAST else f".{column.stat}"
    return f"{column.entity}.{key}{suffix}"


def _literal(literal: Literal) -> str:
    if isinstance(literal.value, str):
        return f"'{literal.value.replace(chr(39), chr(39) * 2)}'"
    return repr(literal.value)
