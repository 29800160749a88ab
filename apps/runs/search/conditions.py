"""A checked filter as a condition on runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Replace

from apps.common.filters.conditions import (
    ALWAYS,
    NEVER,
    OPPOSITES,
    combined,
    float_condition,
    headed_text_condition,
    integer_condition,
    text_condition,
)
from apps.common.filters.keyset import SortExpression
from apps.common.filters.tree import Column, Comparison, Entity, Expr, Op, Scalar, Stat
from apps.common.ids import parse_hex_id
from apps.runs.models import VALUE_HEAD_LENGTH, DatasetInput, MetricSummary, Param, RunTag
from apps.teams.access import Access

KEYED_MODELS: Mapping[Entity, type[MetricSummary | Param | RunTag]] = {
    Entity.METRIC: MetricSummary,
    Entity.PARAM: Param,
    Entity.TAG: RunTag,
}
STAT_FIELDS = {
    Stat.LAST: "last_value",
    Stat.FIRST: "first_value",
    Stat.MIN: "min_value",
    Stat.MAX: "max_value",
}
DATASET_PATHS = {"name": "dataset__name", "digest": "dataset__digest", "context": "context"}
INTEGER_FIELDS = {"start_time": "start_time_ms", "end_time": "end_time_ms"}


@dataclass(frozen=True, slots=True)
class RunPath:
    """How a queried model reaches its run: the model is the run itself, or has a foreign key `run`."""

    prefix: str = ""

    @property
    def id(self) -> str:
        """The path of the run's id."""
        return "run_id" if self.prefix else "id"

    def __call__(self, field: str) -> str:
        """The path of a field of the run."""
        return f"{self.prefix}{field}"


THE_RUN = RunPath()
ITS_RUN = RunPath("run__")


def run_condition(access: Access, expr: Expr | None, run: RunPath) -> Q:
    """The condition that `expr` sets on the run at `run`; always true for None."""
    return combined(expr, lambda comparison: _comparison(access, comparison, run))


def keyed_rows(access: Access, column: Column, run: RunPath) -> QuerySet[Any]:
    """The row of a metric, param or tag of the outer query's run: none or one."""
    return (
        KEYED_MODELS[column.entity]
        .objects.in_project(access)
        .filter(run_id=OuterRef(run.id), experiment_id=OuterRef("experiment_id"), key=column.key)
    )


def keyed_condition(column: Column, op: Op, values: tuple[Scalar, ...]) -> Q:
    """The condition on the row of a metric, param or tag itself."""
    if column.entity is Entity.METRIC:
        return float_condition(STAT_FIELDS[column.stat], op, values)
    return headed_text_condition("value", "value_head", VALUE_HEAD_LENGTH, op, values)


def _comparison(access: Access, comparison: Comparison, run: RunPath) -> Q:
    column, op = comparison.column, comparison.op
    values = tuple(literal.value for literal in comparison.values)
    match column.entity:
        case Entity.ATTRIBUTE:
            return _attribute(column.key, op, values, run)
        case Entity.DATASET:
            rows = _dataset_rows(access, column, run)
            path = F(DATASET_PATHS[column.key])
            return _exists(rows, op, text_condition(path, Op.IS_NOT_NULL if op is Op.IS_NULL else op, values))
        case _:
            condition = keyed_condition(column, Op.IS_NOT_NULL if op is Op.IS_NULL else op, values)
            return _exists(keyed_rows(access, column, run), op, condition)


def _exists(rows: QuerySet[Any], op: Op, condition: Q) -> Q:
    found = Q(Exists(rows if condition is ALWAYS else rows.filter(condition)))
    return ~found if op is Op.IS_NULL else found


def _dataset_rows(access: Access, column: Column, run: RunPath) -> QuerySet[Any]:
    rows = DatasetInput.objects.in_project(access).filter(run_id=OuterRef(run.id))
    return rows.exclude(context="") if column.key == "context" else rows


def _attribute(name: str, op: Op, values: tuple[Scalar, ...], run: RunPath) -> Q:
    if name in INTEGER_FIELDS:
        return integer_condition(run(INTEGER_FIELDS[name]), op, values)
    if op in OPPOSITES:
        return ~_attribute(name, OPPOSITES[op], values, run)
    if name == "run_id" and op in (Op.EQ, Op.IN):
        ids = [run_id for value in values if (run_id := parse_hex_id(str(value)))]
        return Q(**{f"{run.id}__in": ids}) if ids else NEVER
    return text_condition(TEXT_ATTRIBUTES[name](run), op, values)


def _hex_id(run: RunPath) -> SortExpression:
    # A uuid on PostgreSQL, 32 hex digits on SQLite.
    return Replace(Cast(run.id, TextField()), _text("-"), _text(""))


def _artifact_uri(run: RunPath) -> SortExpression:
    number = Cast(run("experiment__number"), TextField())
    return Concat(_text("mlflow-artifacts:/"), number, _text("/"), _hex_id(run), _text("/artifacts"))


def _text(value: str) -> Value:
    return Value(value, output_field=TextField())


TEXT_ATTRIBUTES: Mapping[str, Callable[[RunPath], SortExpression]] = {
    "run_id": _hex_id,
    "run_name": lambda run: F(run("name")),
    "status": lambda run: F(run("status")),
    "user_id": lambda run: F(run("user_name")),
    "artifact_uri": _artifact_uri,
}
