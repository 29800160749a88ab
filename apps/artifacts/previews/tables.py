"""The first rows of tables that are texts: CSV, TSV, and what `mlflow.log_table` writes."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from apps.artifacts.previews.bounded import TableHead
from apps.common.words import counted

MAX_ROWS, MAX_COLUMNS, MAX_CELL = 100, 50, 200
_DELIMITERS = ",;\t|"
# How Arrow spells types of numbers.
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal\d+\(.*\)")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableView:
    """A table's head; `said` is what part of it this is.

    Attributes:
        columns: name, type (empty where nobody knows), and whether its cells are numbers.
        rows: their cells, each with whether it is a number's.
    """

    template: ClassVar[str] = "artifacts/previews/_table.html"

    columns: list[tuple[str, str, bool]]
    rows: list[list[tuple[str, bool]]]
    said: str


def table_view(head: TableHead) -> TableView:
    """The page's form of it."""
    types = head.types if len(head.types) == len(head.columns) else [""] * len(head.columns)
    column_count = head.column_count or len(head.columns)
    said = counted(len(head.rows), "row")
    if head.row_count is not None and head.row_count > len(head.rows):
        said = f"First {len(head.rows):,} of {counted(head.row_count, 'row')}"
    elif head.row_count is None:
        said = f"First {said}"
    said += f", {counted(column_count, 'column')}"
    if column_count > len(head.columns):
        said += f" (the first {len(head.columns)} are shown)"
    are_numbers = [
        _is_number(kind, [row[place] for row in head.rows if len(row) > place]) for place, kind in enumerate(types)
    ]
    columns = list(zip(head.columns, types, are_numbers, strict=True))
    # Rows of a decoder that a file has taken over may have any length.
    return TableView(columns, [list(zip(row, are_numbers, strict=False)) for row in head.rows], said)


def csv_head(text: str, *, delimiter: str | None, is_cut: bool) -> TableHead | None:
    """The first rows of a CSV whose first line is its heading; None if it is none after all.

    Args:
        text: the file's beginning.
        delimiter: None to take whichever of the usual ones the heading has most of.
        is_cut: the file goes on after `text`, so that its last line may be half of one.
    """
    if is_cut:
        text = text[: text.rfind("\n") + 1]
    first, _, _ = text.partition("\n")
    delimiter = delimiter or max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        heading = next(reader, [])
        rows = list(itertools.islice(reader, MAX_ROWS + 1))
    except csv.Error:
        return None
    if not heading:
        return None
    width = min(MAX_COLUMNS, len(heading))
    shown = [_row(row, width) for row in rows[:MAX_ROWS] if row]
    is_whole = not is_cut and len(rows) <= MAX_ROWS
    return TableHead(_row(heading, width), shown, row_count=len(shown) if is_whole else None, column_count=len(heading))


def split_head(document: Any) -> TableHead | None:
    """The first rows of a table in pandas' "split" form; None if the document is something else."""
    if not isinstance(document, dict) or not {"columns", "data"} <= document.keys() <= {"columns", "data", "index"}:
        return None
    columns, rows = document["columns"], document["data"]
    if not isinstance(columns, list) or not isinstance(rows, list) or not columns:
        return None
    if not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        return None
    width = min(MAX_COLUMNS, len(columns))
    shown = [_row(row, width) for row in rows[:MAX_ROWS]]
    return TableHead(_row(columns, width), shown, row_count=len(rows), column_count=len(columns))


def _is_number(kind: str, cells: list[str]) -> bool:
    """Whether a column is one of numbers: by its type, else by its cells, of which some may be empty."""
    if kind:
        return _NUMBER_TYPE.fullmatch(kind) is not None
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _row(values: list[Any], width: int) -> list[str]:
    cells = [_cell(value) for value in values[:width]]
    return cells + [""] * (width - len(cells))


def _cell(value: Any) -> str:
    """A value as text, cut; of an image in a logged table, where it lies."""
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("filepath"), str):
        value = value["filepath"]
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"
