"""The parsed form of a filter: frozen values, equal when they mean the same, whatever their place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Entity(StrEnum):
    """What a column belongs to."""

    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    ATTRIBUTE = "attributes"
    DATASET = "datasets"


class Stat(StrEnum):
    """Which value of a metric is meant; LAST is what MLflow calls the metric's value."""

    LAST = "last"
    FIRST = "first"
    MIN = "min"
    MAX = "max"


class Op(StrEnum):
    """Comparison operators, as they are written."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    NOT_LIKE = "NOT LIKE"
    ILIKE = "ILIKE"
    NOT_ILIKE = "NOT ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


Scalar = str | int | float


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in the text."""

    value: Scalar
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """The left side of a comparison, or what to order by. `stat` is LAST for everything but metrics."""

    entity: Entity
    key: str
    stat: Stat = Stat.LAST
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`column op values`: one value, several for IN and NOT IN, none for IS (NOT) NULL."""

    column: Column
    op: Op
    values: tuple[Literal, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True where the operand is false: there is no third truth value, a comparison with what is missing is false."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class And:
    """Two or more operands, all true."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more operands, at least one true."""

    operands: tuple[Expr, ...]


Expr = Comparison | Not | And | Or


def comparisons(expr: Expr | None) -> Iterator[Comparison]:
    """All comparisons of a filter, in order, whatever stands before them."""
    match expr:
        case Comparison():
            yield expr
        case Not(operand):
            yield from comparisons(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from comparisons(operand)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of an ordering."""

    column: Column
    descending: bool = False
