from __future__ import annotations

import pytest

from apps.common.filters.errors import InvalidFilter
from apps.common.filters.tree import Column, Comparison, Entity, Literal, Op, OrderTerm
from apps.common.filters.vocabulary import MAX_PATTERN_LENGTH
from apps.experiments.search import EXPERIMENTS
from apps.runs.search.vocabulary import RUNS

ACCEPTED = [
    "metrics.loss != 4",
    "metrics.loss.min IN (1, 2.5)",
    "metrics.loss = nan",
    "metrics.loss IS NULL",
    "params.lr = '0.1'",
    "params.lr IN ('a', 'b')",
    "tags.team NOT ILIKE 'a%'",
    "status = 'RUNNING'",
    "run_id IN ('a')",
    "start_time >= 5",
    "end_time IS NULL",
    "dataset.context LIKE 'tr%'",
    "artifact_uri LIKE '%artifacts'",
    "NOT (metrics.a < 1 OR params.b = 'x')",
]
REFUSED = [
    ("metrics.loss < 'high'", 16, "is a number, expected one"),
    ("metrics.loss LIKE '4'", 14, "expected one of"),
    ("metrics.loss < nan", 16, "NaN is neither less nor greater"),
    ("metrics.loss IN (1, nan)", 21, "NaN is neither less nor greater"),
    ("params.lr = 0.1", 13, "expected one in quotes"),
    ("params.lr > '0.1'", 11, "expected one of"),
    ("tags.team IN ('a', 5)", 20, "expected one in quotes"),
    ("status > 'RUNNING'", 8, "expected one of"),
    ("start_time = 'yesterday'", 14, "is a number, expected one"),
    ("start_time LIKE '17%'", 12, "expected one of"),
    ("loss < 1", 1, "unknown column 'loss'"),
    ("x = 1 AND datasets.what = 'a'", 1, "unknown column 'x'"),
    ("datasets.what = 'a'", 1, "unknown column 'what', expected one of context"),
    (f"params.lr LIKE '{'%' * (MAX_PATTERN_LENGTH + 1)}'", 16, "a pattern has at most"),
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_mlflow_allows_and_its_growth_is_accepted(text: str) -> None:
    assert RUNS.filter(text) is not None


@pytest.mark.parametrize(("text", "column", "expected"), REFUSED)
def test_a_wrong_comparison_is_refused_where_it_stands(text: str, column: int, expected: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        RUNS.filter(text)
    assert refused.value.position == column - 1
    assert expected in refused.value.message


@pytest.mark.parametrize("name", ["start_time", "created", "attr.Created", "run.start_time"])
def test_other_names_of_an_attribute_mean_the_same(name: str) -> None:
    column = Column(Entity.ATTRIBUTE, "start_time")
    assert RUNS.filter(f"{name} > 5") == Comparison(column, Op.GT, (Literal(5),))
    assert RUNS.order([f"{name} DESC"]) == (OrderTerm(column, descending=True),)


def test_a_missing_filter_asks_for_nothing() -> None:
    assert RUNS.filter(None) is None
    assert RUNS.filter(" ") is None


@pytest.mark.parametrize("terms", [["dataset.name"], ["start_time", "Created DESC"], ["nothing"], ["metrics.x", "x y"]])
def test_an_order_by_what_gives_none_is_refused(terms: list[str]) -> None:
    with pytest.raises(InvalidFilter) as refused:
        RUNS.order(terms)
    assert refused.value.field == "order_by"


def test_experiments_have_tags_and_attributes_only() -> None:
    assert EXPERIMENTS.filter("name LIKE 'a%' AND tags.team = 'b' AND creation_time > 5 AND experiment_id IN ('1')")
    for text in ("metrics.x = 1", "params.x = 'a'", "datasets.name = 'a'", "status = 'RUNNING'"):
        with pytest.raises(InvalidFilter):
            EXPERIMENTS.filter(text)
