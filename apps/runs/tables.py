"""A page of runs as a table: which columns there are, and what stands in each cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.common.filters.tree import Column, Entity, OrderTerm
from apps.common.filters.unparse import unparse_order
from apps.runs.search.query import RunRow

GROUPS = ((Entity.METRIC, "metrics"), (Entity.PARAM, "params"), (Entity.TAG, "tags"))
DEFAULT_COLUMNS = {Entity.METRIC: 6, Entity.PARAM: 8, Entity.TAG: 0}
SYSTEM_PREFIXES = {Entity.METRIC: "system/", Entity.TAG: "mlflow."}


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A column's heading.

    Attributes:
        id: the column as a filter and an ordering spell it, such as `metrics.rmse`.
        next_order: what a click on the heading orders by.
        direction: "ascending" or "descending" where the table is ordered by it, else empty.
        begins_group: whether it is the first of the metrics, params or tags.
    """

    id: str
    label: str
    group: str
    next_order: str
    direction: str = ""
    begins_group: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: a number for a metric, text for a param or tag, None where the run has none."""

    number: float | None = None
    text: str | None = None
    begins_group: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """One run."""

    run: RunRow
    id: str
    duration_ms: int | None
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that may be shown."""

    id: str
    label: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """The metrics, params or tags of the page, for the list of columns to choose from; `shown` counts the chosen."""

    title: str
    choices: list[Choice]
    shown: int


@dataclass(frozen=True, slots=True)
class RunsTable:
    """Runs as rows, what is logged to them as columns."""

    head: list[HeadCell]
    rows: list[TableRow]
    groups: list[ColumnGroup]


def runs_table(rows: Sequence[RunRow], *, chosen: Collection[str] | None, order: OrderTerm | None) -> RunsTable:
    """The table of a page of runs.

    Args:
        rows: the runs.
        chosen: ids of the columns to show; None for the usual ones: the commonest metrics and params.
        order: what the rows are ordered by, None for newest first.
    """
    values = [_values(row) for row in rows]
    found = Counter(column for each in values for column in each)
    columns = _available(found, order)
    shown = _chosen(columns, chosen) if chosen is not None else _usual(columns)
    head = [_heading(column, shown, n, order) for n, column in enumerate(shown)]
    return RunsTable(
        head=head,
        rows=[_row(row, each, shown, head) for row, each in zip(rows, values, strict=True)],
        groups=_groups(columns, shown),
    )


def column_id(column: Column) -> str:
    """The column as filters and orderings spell it."""
    return unparse_order(OrderTerm(column)).rpartition(" ")[0]


def number_of(value: float | str) -> float:
    """A metric's value as JSON carries it: a number, or one of the words for what JSON cannot say."""
    return float(value)


def _values(row: RunRow) -> dict[Column, Any]:
    data: dict[str, list[dict[str, Any]]] = json.loads(row.data)
    return {Column(entity, entry["key"]): entry["value"] for entity, name in GROUPS for entry in data.get(name, ())}


def _available(found: Counter[Column], order: OrderTerm | None) -> list[Column]:
    """Columns by group, the commonest first, then by name; what orders the rows stays though no row has it."""
    if order is not None and order.column.entity in DEFAULT_COLUMNS:
        found = found | Counter({Column(order.column.entity, order.column.key): 0})
    places = {entity: n for n, (entity, _) in enumerate(GROUPS)}
    return sorted(found, key=lambda column: (places[column.entity], _is_system(column), -found[column], column.key))


def _is_system(column: Column) -> bool:
    prefix = SYSTEM_PREFIXES.get(column.entity)
    return prefix is not None and column.key.startswith(prefix)


def _chosen(columns: Iterable[Column], chosen: Collection[str]) -> list[Column]:
    return [column for column in columns if column_id(column) in chosen]


def _usual(columns: Sequence[Column]) -> list[Column]:
    return [
        column
        for entity, most in DEFAULT_COLUMNS.items()
        for column in [c for c in columns if c.entity is entity and not _is_system(c)][:most]
    ]


def _heading(column: Column, shown: Sequence[Column], place: int, order: OrderTerm | None) -> HeadCell:
    is_ordered = order is not None and (order.column.entity, order.column.key) == (column.entity, column.key)
    # A first click puts the greatest metric first, and texts from A to Z.
    descending = not order.descending if is_ordered and order else column.entity is Entity.METRIC
    return HeadCell(
        id=column_id(column),
        label=column.key,
        group=dict(GROUPS)[column.entity],
        next_order=unparse_order(OrderTerm(column, descending=descending)),
        direction=("descending" if order.descending else "ascending") if is_ordered and order else "",
        begins_group=place == 0 or shown[place - 1].entity is not column.entity,
    )


def _row(row: RunRow, values: dict[Column, Any], shown: Sequence[Column], head: Sequence[HeadCell]) -> TableRow:
    cells = []
    for column, heading in zip(shown, head, strict=True):
        value = values.get(column)
        if value is None:
            cells.append(Cell(begins_group=heading.begins_group))
        elif column.entity is Entity.METRIC:
            cells.append(Cell(number=number_of(value), begins_group=heading.begins_group))
        else:
            cells.append(Cell(text=str(value), begins_group=heading.begins_group))
    duration_ms = None if row.end_time_ms is None else max(0, row.end_time_ms - row.start_time_ms)
    return TableRow(row, row.id.hex, duration_ms, cells)


def _groups(columns: Sequence[Column], shown: Sequence[Column]) -> list[ColumnGroup]:
    groups = []
    for entity, title in GROUPS:
        choices = [
            Choice(column_id(column), column.key, column in shown) for column in columns if column.entity is entity
        ]
        if choices:
            groups.append(ColumnGroup(title, choices, sum(choice.is_shown for choice in choices)))
    return groups
