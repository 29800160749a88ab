"""Which columns may stand in a filter, and what each may be compared with. A vocabulary is data; the check is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.common.filters.errors import InvalidFilter
from apps.common.filters.parser import parse_filter, parse_order
from apps.common.filters.tree import And, Column, Comparison, Entity, Expr, Literal, Not, Op, Or, OrderTerm

# The longest value that is ever compared; SQLite refuses patterns of more than 50,000 bytes.
MAX_PATTERN_LENGTH = 8_000
MAX_DIGITS = 19

NULL_CHECKS = frozenset({Op.IS_NULL, Op.IS_NOT_NULL})
LISTS = frozenset({Op.IN, Op.NOT_IN})
PATTERNS = frozenset({Op.LIKE, Op.NOT_LIKE, Op.ILIKE, Op.NOT_ILIKE})
EQUALITIES = frozenset({Op.EQ, Op.NE})


class Kind(StrEnum):
    """What a column holds, and by that which operators and values it takes."""

    NUMBER = "a number"
    # MLflow takes it in quotes, too.
    NUMERAL = "a whole number"
    TEXT = "a text"


_OF_NUMBERS = EQUALITIES | LISTS | NULL_CHECKS | {Op.LT, Op.LE, Op.GT, Op.GE}
OPERATORS = {
    Kind.NUMBER: _OF_NUMBERS,
    Kind.NUMERAL: _OF_NUMBERS,
    Kind.TEXT: EQUALITIES | LISTS | NULL_CHECKS | PATTERNS,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of the thing itself. `name` is its one true name: a vocabulary may list it under others too."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The columns of one kind of thing.

    `attributes` and `dataset_fields` are by the names that users write; `keyed` are the entities whose keys
    users choose, with what their values are.
    """

    attributes: Mapping[str, Attribute]
    keyed: Mapping[Entity, Kind]
    dataset_fields: Mapping[str, Attribute]

    def filter(self, text: str | None) -> Expr | None:
        """The checked tree of a filter, attributes by their true names; None for a missing or blank one.

        Raises:
            InvalidFilter: the text is not of the language, names an unknown column or compares it wrongly.
        """
        expr = parse_filter(text) if text else None
        return None if expr is None else self._checked(expr)

    def order(self, texts: Iterable[str]) -> tuple[OrderTerm, ...]:
        """The checked terms of an ordering, in order.

        Raises:
            InvalidFilter: a term is not of the language, names what cannot be ordered by, or repeats a column.
        """
        terms: list[OrderTerm] = []
        for text in texts:
            term = parse_order(text)
            column, _ = self._resolved(term.column, field="order_by")
            if column.entity is Entity.DATASET:
                raise InvalidFilter("datasets give no order.", position=column.position, field="order_by")
            if any(column == earlier.column for earlier in terms):
                raise InvalidFilter(f"{column.key!r} is there twice.", position=0, field="order_by")
            terms.append(replace(term, column=column))
        return tuple(terms)

    def _checked(self, expr: Expr) -> Expr:
        match expr:
            case Comparison():
                return self._checked_comparison(expr)
            case Not(operand):
                return Not(self._checked(operand))
            case And(operands):
                return And(tuple(self._checked(operand) for operand in operands))
            case Or(operands):
                return Or(tuple(self._checked(operand) for operand in operands))

    def _checked_comparison(self, comparison: Comparison) -> Comparison:
        column, kind = self._resolved(comparison.column, field="filter")
        if comparison.op not in OPERATORS[kind]:
            allowed = ", ".join(sorted(OPERATORS[kind]))
            raise InvalidFilter(
                f"{column.entity}.{column.key} is {kind}: expected one of {allowed}, found {comparison.op}.",
                position=comparison.position,
            )
        values = comparison.values
        if kind is Kind.NUMERAL:
            values = tuple(map(_unquoted, values))
        for literal in values:
            _check_value(column, kind, comparison.op, literal)
        return replace(comparison, column=column, values=values)

    def _resolved(self, column: Column, *, field: str) -> tuple[Column, Kind]:
        if column.entity in self.keyed:
            return column, self.keyed[column.entity]
        known = self.attributes if column.entity is Entity.ATTRIBUTE else self.dataset_fields
        if column.entity not in (Entity.ATTRIBUTE, Entity.DATASET) or not known:
            raise InvalidFilter(f"there are no {column.entity} here.", position=column.position, field=field)
        attribute = known.get(column.key)
        if attribute is None:
            names = ", ".join(sorted({known_attribute.name for known_attribute in known.values()}))
            hint = "" if column.entity is Entity.DATASET else " (metrics, params and tags begin with their kind)"
            raise InvalidFilter(
                f"unknown column {column.key[:80]!r}, expected one of {names}{hint}.",
                position=column.position,
                field=field,
            )
        return replace(column, key=attribute.name), attribute.kind


def _unquoted(literal: Literal) -> Literal:
    text = literal.value
    is_numeral = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < MAX_DIGITS
    return replace(literal, value=int(text)) if is_numeral else literal


def _check_value(column: Column, kind: Kind, op: Op, literal: Literal) -> None:
    is_text = isinstance(literal.value, str)
    if is_text is not (kind is Kind.TEXT):
        raise InvalidFilter(
            f"{column.entity}.{column.key} is {kind}, expected one{' in quotes' if kind is Kind.TEXT else ''},"
            f" found {literal.value!r:.80}.",
            position=literal.position,
        )
    if op in PATTERNS and len(str(literal.value)) > MAX_PATTERN_LENGTH:
        raise InvalidFilter(f"a pattern has at most {MAX_PATTERN_LENGTH} characters.", position=literal.position)
    is_nan = literal.value != literal.value
    if is_nan and op not in EQUALITIES:
        raise InvalidFilter("NaN is neither less nor greater: expected = or !=.", position=literal.position)
