"""One page of an ordering: its phases read in turn until the page is full, each from where a position says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from apps.common.filters.keyset import SortExpression, after, pack, unpack
from apps.runs.models import DatasetInput
from apps.runs.search.documents import kept_data
from apps.runs.search.join_order import in_written_order
from apps.runs.search.ordering import Phase
from apps.teams.access import Access

FIRST = (0,)
"""The position before the first row."""

_FIELDS = ("experiment_id", "name", "user_name", "status", "lifecycle", "start_time_ms", "end_time_ms")


class FoundRun(NamedTuple):
    """A run as it is read; `data` is None where no valid document is kept."""

    id: UUID
    experiment_id: int
    name: str
    user_name: str
    status: str
    lifecycle: str
    start_time_ms: int
    end_time_ms: int | None
    data: str | None
    has_inputs: bool


def read_page(
    access: Access, phases: Sequence[Phase], position: Sequence[Any], size: int
) -> tuple[list[FoundRun], list[Any] | None]:
    """At most `size` runs after a position, and the position to go on from if there are more.

    A position is the number of a phase, then the packed sort keys of the last row that was read in it, if any was.
    """
    begin, *last = position
    found: list[FoundRun] = []
    for number, phase in enumerate(phases[begin:], start=begin):
        columns, places = _columns(access, phase)
        rows = phase.rows.filter(after(phase.keys, unpack(phase.keys, last))) if last else phase.rows
        rows = rows.order_by(*(key.order for key in phase.keys)).values_list(*columns)
        if phase.is_driving:
            in_written_order(rows)
        last = []
        wanted = size - len(found)
        batch = list(rows[: wanted + 1])
        found.extend(FoundRun._make(row[: len(FoundRun._fields)]) for row in batch[:wanted])
        if len(batch) > wanted:
            # A page that was full before this phase goes on at its beginning.
            keys = pack(phase.keys, [batch[wanted - 1][place] for place in places]) if wanted else []
            return found, [number, *keys]
    return found, None


def _columns(access: Access, phase: Phase) -> tuple[list[SortExpression], list[int]]:
    """What to select: the fields of FoundRun, then sort keys that are none of them; and where each sort key stands."""
    run = phase.run
    fields = [F(run.id), *(F(run(field)) for field in _FIELDS)]
    has_inputs = Exists(DatasetInput.objects.in_project(access).filter(run_id=OuterRef(run.id)))
    columns: list[SortExpression] = [*fields, kept_data(access, run), has_inputs]
    places = []
    for key in phase.keys:
        if isinstance(key.expression, F) and key.expression in fields:
            places.append(fields.index(key.expression))
        else:
            places.append(len(columns))
            columns.append(key.expression)
    return columns, places
