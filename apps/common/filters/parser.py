"""Text to tree. The parser is built once, at import; it is LALR, so its time and memory grow with the length only."""

from __future__ import annotations

import math
import re
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import UnexpectedToken

from apps.common.filters.errors import InvalidFilter
from apps.common.filters.tree import (
    And,
    Column,
    Comparison,
    Entity,
    Expr,
    Literal,
    Not,
    Op,
    Or,
    OrderTerm,
    Scalar,
    Stat,
)

MAX_LENGTH = 20_000
MAX_DEPTH = 40
MAX_COMPARISONS = 100

ENTITY_WORDS = {
    "metric": Entity.METRIC,
    "metrics": Entity.METRIC,
    "param": Entity.PARAM,
    "params": Entity.PARAM,
    "parameter": Entity.PARAM,
    "parameters": Entity.PARAM,
    "tag": Entity.TAG,
    "tags": Entity.TAG,
    "attribute": Entity.ATTRIBUTE,
    "attributes": Entity.ATTRIBUTE,
    "attr": Entity.ATTRIBUTE,
    "run": Entity.ATTRIBUTE,
    "dataset": Entity.DATASET,
    "datasets": Entity.DATASET,
}
STATS = frozenset(stat.value for stat in Stat)
QUOTED = r"`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|'(?:[^']|'')+'"
COLUMN = re.compile(
    rf"(?:(?P<entity>`\w+`|\w+)\.)?(?:(?P<quoted>{QUOTED})(?:\.(?P<suffix>\w+))?|(?P<plain>.+))", re.DOTALL
)
UNPAIRED_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
# What each group of terminals is called in a message; the first group that the grammar would accept names the hope.
EXPECTATIONS = (
    ("NUMBER", "a value: a number, or a text in quotes"),
    ("COLUMN", "a column such as metrics.loss, params.lr, tags.team or start_time"),
    ("COMPARATOR", "a comparison (=, !=, <, <=, >, >=, LIKE, ILIKE, IN, IS NULL)"),
    ("NULL", "NULL or NOT NULL"),
    ("LPAR", "a list of values in parentheses"),
    ("COMMA", "',' or ')'"),
    ("LIKE", "LIKE, ILIKE or IN"),
    ("ASC", "ASC, DESC or the end"),
    ("RPAR", "AND, OR or ')'"),
    ("_AND", "AND, OR or the end"),
)


def parse_filter(text: str) -> Expr | None:
    """The tree of a filter, or None for a blank one. Columns are not checked yet: see `Vocabulary.check`.

    Raises:
        InvalidFilter: the text is not of the language, or is too long, too deep or has too many comparisons.
    """
    if not text.strip():
        return None
    expr: Expr = _parse(text, start="filter", field="filter")
    _check_size(expr)
    return expr


def parse_order(text: str) -> OrderTerm:
    """One term of an ordering: a column, then optionally ASC or DESC.

    Raises:
        InvalidFilter: the text is not such a term.
    """
    term: OrderTerm = _parse(text, start="order", field="order_by")
    return term


def _parse(text: str, *, start: str, field: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise InvalidFilter(f"longer than {MAX_LENGTH} characters.", position=MAX_LENGTH, field=field)
    if bad := UNPAIRED_SURROGATE_OR_NUL.search(text):
        raise InvalidFilter("this character cannot be searched for.", position=bad.start(), field=field)
    try:
        return PARSER.parse(text, start=start)
    except UnexpectedInput as error:
        raise _explained(text, error, start, field) from None
    except InvalidFilter as error:
        raise InvalidFilter(error.reason, position=error.position, field=field) from None


def _explained(text: str, error: UnexpectedInput, start: str, field: str) -> InvalidFilter:
    is_at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    position = len(text.rstrip()) if is_at_end else getattr(error, "pos_in_stream", None) or 0
    accepted = _accepted_after(text[:position], start)
    hope = next((phrase for terminal, phrase in EXPECTATIONS if terminal in accepted), "the end")
    found = re.match(r"\w+|\W", text[position:])
    message = f"expected {hope}, found {found[0][:40]!r}." if found else f"expected {hope}, found nothing."
    if found and found[0] in "'\"`":
        message += " Is a quote left open?"
    return InvalidFilter(message, position=position, field=field)


def _accepted_after(prefix: str, start: str) -> set[str]:
    """The terminals that may follow a prefix which is itself fine."""
    parsing = PARSER.parse_interactive(prefix, start=start)
    try:
        parsing.exhaust_lexer()
    except UnexpectedInput:
        return set()
    return set(parsing.accepts())  # type: ignore[no-untyped-call]


def _check_size(expr: Expr) -> None:
    count = 0
    waiting = [(expr, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise InvalidFilter(f"nested deeper than {MAX_DEPTH} levels.", position=0)
        match node:
            case Comparison():
                count += 1
            case Not(operand):
                waiting.append((operand, depth + 1))
            case And(operands) | Or(operands):
                waiting.extend((operand, depth + 1) for operand in operands)
    if count > MAX_COMPARISONS:
        raise InvalidFilter(f"more than {MAX_COMPARISONS} comparisons.", position=0)


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _number(text: str) -> Scalar:
    value = float(text)
    if math.isnan(value):
        return math.nan
    is_whole = text.lstrip("+-").isdecimal() and len(text) <= 20
    return int(text) if is_whole else value


class _TreeBuilder(Transformer[Token, Any]):
    """Applied while parsing, innermost first. Method names are those of the grammar."""

    def NUMBER(self, token: Token) -> Literal:  # noqa: N802
        return Literal(_number(token), position=token.start_pos or 0)

    def STRING(self, token: Token) -> Literal:  # noqa: N802
        return Literal(_unquoted(token), position=token.start_pos or 0)

    def COLUMN(self, token: Token) -> Column:  # noqa: N802
        return _column(token)

    def filter(self, children: list[Any]) -> Any:
        return children[0]

    def order(self, children: list[Any]) -> OrderTerm:
        column, direction = children
        return OrderTerm(column, direction is not None and direction.type == "DESC")

    def disjunction(self, children: list[Any]) -> Or:
        return Or(tuple(children))

    def conjunction(self, children: list[Any]) -> And:
        return And(tuple(children))

    def negated(self, children: list[Any]) -> Not:
        return Not(children[1])

    def comparison(self, children: list[Any]) -> Comparison:
        column, operator, value = children
        return Comparison(column, Op(operator), (value,), position=operator.start_pos)

    def like(self, children: list[Any]) -> Comparison:
        column, negation, like, value = children
        word = f"NOT {like.upper()}" if negation else like.upper()
        return Comparison(column, Op(word), (value,), position=(negation or like).start_pos)

    def within(self, children: list[Any]) -> Comparison:
        column, negation, word, *values = children
        operator = Op.NOT_IN if negation else Op.IN
        return Comparison(column, operator, tuple(values), position=(negation or word).start_pos)

    def null_check(self, children: list[Any]) -> Comparison:
        column, word, negation, _null = children
        operator = Op.IS_NOT_NULL if negation else Op.IS_NULL
        return Comparison(column, operator, position=word.start_pos)


def _column(token: Token) -> Column:
    """Entity, key and statistic of a column.

    A last word min, max, first or last of an unquoted metric is its statistic: `metrics.loss.min`. A key that
    itself ends so is reached in quotes, and can then have a statistic too: metrics.`loss.min`.max.
    """
    position = token.start_pos or 0
    parts = COLUMN.fullmatch(token)
    if parts is None:
        raise InvalidFilter("expected a column.", position=position)
    word, quoted, suffix, plain = parts.group("entity", "quoted", "suffix", "plain")
    entity = Entity.ATTRIBUTE if word is None else ENTITY_WORDS.get(word.strip("`"))
    if entity is None:
        known = ", ".join(entity.value for entity in Entity)
        raise InvalidFilter(f"unknown entity {word[:40]!r}, expected one of {known}.", position=position)
    key = _unquoted(quoted) if quoted else plain
    if entity is Entity.METRIC and plain is not None:
        head, _, last = plain.rpartition(".")
        if head and last in STATS:
            key, suffix = head, last
    if suffix is not None and (entity is not Entity.METRIC or suffix not in STATS):
        raise InvalidFilter(
            f"{suffix[:40]!r} is no statistic of a metric (min, max, first, last).",
            position=position + parts.start("suffix"),
        )
    return Column(entity, key, Stat(suffix or Stat.LAST), position=position)


PARSER = Lark.open(
    "grammar.lark",
    rel_to=__file__,
    parser="lalr",
    lexer="contextual",
    start=["filter", "order"],
    transformer=_TreeBuilder(),
    maybe_placeholders=True,
)
