from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.common.filters.errors import InvalidFilter
from apps.common.filters.parser import MAX_COMPARISONS, MAX_DEPTH, MAX_LENGTH, parse_filter, parse_order
from apps.common.filters.tree import And, Column, Comparison, Entity, Expr, Literal, Not, Op, Or, OrderTerm, Stat
from apps.common.filters.unparse import unparse, unparse_order
from tests.unit.search.trees import order_terms, trees

SPELLINGS = "metrics.loss params.`ab` x.min start_time AND or NOT IN IS NULL LIKE DESC ( ) , = < != 1 -2e3 nan 'x' \"y\" ' ` . ;"
WORDS = st.sampled_from([*SPELLINGS.split(), "é", "\0", "\ud800"])


def column_of(text: str) -> Column:
    return parse_order(text).column


def comparison_of(text: str) -> Comparison:
    expr = parse_filter(text)
    assert isinstance(expr, Comparison)
    return expr


def leaf(key: str) -> Comparison:
    return Comparison(Column(Entity.ATTRIBUTE, key), Op.EQ, (Literal(1),))


@given(trees)
def test_a_tree_written_and_parsed_is_the_same_tree(tree: Expr) -> None:
    assert parse_filter(unparse(tree)) == tree


@given(order_terms)
def test_an_order_term_written_and_parsed_is_the_same(term: OrderTerm) -> None:
    assert parse_order(unparse_order(term)) == term


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
@example("metrics.x < 9" + "9" * 5000)
@example("run_id IN (")
def test_anything_at_all_is_parsed_or_refused_as_invalid_input(text: str) -> None:
    for parse in (parse_filter, parse_order):
        try:
            parse(text)
        except InvalidFilter as refusal:
            assert 0 <= refusal.position <= len(text)  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("metrics.loss", Column(Entity.METRIC, "loss")),
        ("metric.loss", Column(Entity.METRIC, "loss")),
        ("`metrics`.loss", Column(Entity.METRIC, "loss")),
        ("metrics.val/loss-2:a", Column(Entity.METRIC, "val/loss-2:a")),
        ("metrics.`val loss`", Column(Entity.METRIC, "val loss")),
        ('metrics."val loss"', Column(Entity.METRIC, "val loss")),
        ("metrics.'val loss'", Column(Entity.METRIC, "val loss")),
        ("metrics.`a``b`", Column(Entity.METRIC, "a`b")),
        ("metrics.val.loss", Column(Entity.METRIC, "val.loss")),
        ("metrics.0", Column(Entity.METRIC, "0")),
        ("param.lr", Column(Entity.PARAM, "lr")),
        ("parameters.lr", Column(Entity.PARAM, "lr")),
        ("tags.mlflow.source.name", Column(Entity.TAG, "mlflow.source.name")),
        ("attr.status", Column(Entity.ATTRIBUTE, "status")),
        ("run.status", Column(Entity.ATTRIBUTE, "status")),
        ("status", Column(Entity.ATTRIBUTE, "status")),
        ("`run name`", Column(Entity.ATTRIBUTE, "run name")),
        ("dataset.name", Column(Entity.DATASET, "name")),
    ],
)
def test_columns_as_mlflow_spells_them(text: str, column: Column) -> None:
    assert column_of(text) == column


@pytest.mark.parametrize(
    ("text", "key", "stat"),
    [
        ("metrics.loss.min", "loss", Stat.MIN),
        ("metrics.val.loss.max", "val.loss", Stat.MAX),
        ("metrics.`val/loss`.first", "val/loss", Stat.FIRST),
        ("metrics.loss.last", "loss", Stat.LAST),
        ("metrics.`loss.min`", "loss.min", Stat.LAST),
        ("metrics.`loss.min`.max", "loss.min", Stat.MAX),
        ("metrics.loss.MIN", "loss.MIN", Stat.LAST),
        ("metrics.min", "min", Stat.LAST),
    ],
)
def test_the_last_word_of_an_unquoted_metric_may_be_its_statistic(text: str, key: str, stat: Stat) -> None:
    assert column_of(text) == Column(Entity.METRIC, key, stat)


def test_other_columns_have_no_statistics() -> None:
    assert column_of("params.lr.min") == Column(Entity.PARAM, "lr.min")
    with pytest.raises(InvalidFilter) as refused:
        parse_order("params.`lr`.min")
    assert refused.value.position == 12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1E-3", 0.001),
        ("-inf", float("-inf")),
        ("Infinity", float("inf")),
        ("'it''s'", "it's"),
        ('"it\'s"', "it's"),
        ('"a""b"', 'a"b'),
        (r"'C:\new\'", "C:\\new\\"),
        ("''", ""),
        ("'a\nb'", "a\nb"),
    ],
)
def test_values(text: str, value: object) -> None:
    (literal,) = comparison_of(f"x = {text}").values
    assert literal.value == value
    assert type(literal.value) is type(value)


@pytest.mark.parametrize(
    ("text", "op"),
    [
        ("x like 'a'", Op.LIKE),
        ("x NOT LIKE 'a'", Op.NOT_LIKE),
        ("x Ilike 'a'", Op.ILIKE),
        ("x not ilike 'a'", Op.NOT_ILIKE),
        ("x in ('a',)", Op.IN),
        ("x NOT  IN ('a')", Op.NOT_IN),
        ("x is null", Op.IS_NULL),
        ("x IS NOT NULL", Op.IS_NOT_NULL),
        ("x<='a'", Op.LE),
    ],
)
def test_operators_in_any_case(text: str, op: Op) -> None:
    assert comparison_of(text).op is op


def test_not_binds_before_and_before_or() -> None:
    a, b, c = leaf("a"), leaf("b"), leaf("c")
    assert parse_filter("a = 1 OR NOT b = 1 AND c = 1") == Or((a, And((Not(b), c))))
    assert parse_filter("NOT (a = 1 or b = 1)and c = 1") == And((Not(Or((a, b))), c))


def test_a_column_may_start_with_a_keyword() -> None:
    assert parse_filter("notes = 1 and order = 1") == And((leaf("notes"), leaf("order")))


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_a_blank_filter_asks_for_nothing(text: str) -> None:
    assert parse_filter(text) is None


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("metrics.x <", 12, "expected a value"),
        ("metrics.x < 'abc", 13, "Is a quote left open?"),
        ("params.x == 'a'", 11, "expected a value"),
        ("x", 2, "expected a comparison"),
        ("x IN 5", 6, "expected a list of values in parentheses"),
        ("x IN (1", 8, "expected ',' or ')'"),
        ("x IN ()", 7, "expected a value"),
        ("x NOT 5", 7, "expected LIKE, ILIKE or IN"),
        ("x IS 5", 6, "expected NULL or NOT NULL"),
        ("x = 1 y = 2", 7, "expected AND, OR or the end"),
        ("(x = 1", 7, "expected AND, OR or ')'"),
        ("AND x = 1", 1, "expected a column"),
        ("x = 1 AND", 10, "expected a column"),
        ("x = 1; DROP TABLE runs", 6, "expected AND, OR or the end"),
        ("x < y", 5, "expected a value"),
        ("x = 5abc", 5, "expected a value"),
        ("x = 1 AND what.loss = 1", 11, "unknown entity 'what'"),
        ("x = '\0'", 6, "cannot be searched for"),
    ],
)
def test_a_refusal_points_at_the_column_and_says_what_was_expected(text: str, column: int, expected: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(text)
    assert refused.value.position == column - 1
    assert f"column {column}: " in refused.value.message
    assert expected in refused.value.message
    assert refused.value.field == "filter"
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["", "x SIDEWAYS", "x ASC DESC", "x DESC, y", "what.ever ASC", "metrics.", "x = 1"])
def test_an_order_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_order(text)
    assert refused.value.field == "order_by"


@pytest.mark.parametrize(
    "text",
    [
        "x = '" + "a" * MAX_LENGTH + "'",
        "NOT " * MAX_DEPTH + "x = 1",
        "NOT " * 4_900 + "x = 1",
        " OR ".join(["x = 1"] * (MAX_COMPARISONS + 1)),
    ],
    ids=["long", "deep", "very deep", "wide"],
)
def test_a_hostile_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text)


def test_parentheses_alone_are_no_depth() -> None:
    assert parse_filter("(" * 9_000 + "x = 1" + ")" * 9_000) == leaf("x")
