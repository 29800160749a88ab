"""Random filters, as trees: for properties that must hold of every filter."""

from __future__ import annotations

import math

from hypothesis import strategies as st

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

TEXT_OPS = (Op.EQ, Op.NE, Op.LIKE, Op.NOT_LIKE, Op.ILIKE, Op.NOT_ILIKE)
NUMBER_OPS = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)
LISTS = (Op.IN, Op.NOT_IN)
NULLS = (Op.IS_NULL, Op.IS_NOT_NULL)

searchable_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
any_key = st.one_of(
    st.sampled_from(["loss", "val/loss", "a b", "loss.min", "x.first.last", "NOT", "and", "`", '"', "é.ß"]),
    searchable_text.filter(bool),
)
any_number = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.just(math.nan),
)


def literals(values: st.SearchStrategy[Scalar]) -> st.SearchStrategy[Literal]:
    return values.map(Literal)


def comparisons(
    columns: st.SearchStrategy[Column], values: st.SearchStrategy[Scalar], operators: tuple[Op, ...]
) -> st.SearchStrategy[Comparison]:
    """Comparisons by `operators`, by lists and with NULL."""
    one = st.tuples(literals(values))
    several = st.lists(literals(values), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Comparison, columns, st.sampled_from(operators), one),
        st.builds(Comparison, columns, st.sampled_from(LISTS), several),
        st.builds(Comparison, columns, st.sampled_from(NULLS)),
    )


def nested(leaves: st.SearchStrategy[Comparison], *, max_leaves: int = 8) -> st.SearchStrategy[Expr]:
    """AND, OR and NOT of comparisons."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=max_leaves,
    )


plain_columns = st.builds(Column, st.sampled_from([e for e in Entity if e is not Entity.METRIC]), any_key)
metric_columns = st.builds(Column, st.just(Entity.METRIC), any_key, st.sampled_from(Stat))
columns = st.one_of(plain_columns, metric_columns)
trees = nested(comparisons(columns, st.one_of(searchable_text, any_number), TEXT_OPS + NUMBER_OPS))
order_terms = st.builds(OrderTerm, columns, st.booleans())
