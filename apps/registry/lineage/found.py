"""What one step of the walk finds, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from apps.registry.lineage.graph import Direction, Edge, Key, More, Node, NodeKind

# Of one node, by one kind of edge: a sweep has thousands of runs, and nobody reads as many.
MAX_NEIGHBOURS = 20


@dataclass(slots=True)
class Found:
    """Edges from a step's nodes to their neighbours.

    Attributes:
        edges: in the order in which neighbours are to be shown.
        nodes: neighbours that the step knew all of, as aliases; others are loaded by key.
        unsure: neighbours that are left out if they are gone, as they may be another project's.
        more: how many neighbours there are beyond those.
    """

    edges: list[Edge] = field(default_factory=list)
    nodes: dict[Key, Node] = field(default_factory=dict)
    unsure: set[Key] = field(default_factory=set)
    more: list[More] = field(default_factory=list)

    def add_rows(
        self,
        rows: QuerySet[Any],
        *,
        order: str,
        owner: str,
        columns: tuple[str, ...],
        edge: Callable[[Any, Any], Edge],
        direction: Direction,
        kind: NodeKind,
    ) -> None:
        """Add an edge a row, at most MAX_NEIGHBOURS for each owner. One statement.

        Args:
            rows: whose rows.
            order: in which they are to be shown, a column.
            owner: the column that tells whose neighbour a row is.
            columns: what `edge` needs.
            edge: makes an edge of the owner's value and those of the columns.
            direction: in which the neighbours lie.
            kind: what they are.
        """
        for owner_value, values, beyond in _first_of_each(rows, order, owner, columns):
            made = edge(owner_value, values)
            self.edges.append(made)
            if beyond:
                near = made.target if direction is Direction.UP else made.source
                self.more.append(More(near, direction, kind, beyond))


def _first_of_each(
    rows: QuerySet[Any], order: str, owner: str, columns: tuple[str, ...]
) -> Iterator[tuple[Any, Any, int]]:
    """Owner, columns, and with the last row of each owner how many there are beyond it."""
    numbered = rows.annotate(
        place=Window(RowNumber(), partition_by=F(owner), order_by=[order]),
        total=Window(Count("*"), partition_by=F(owner)),
    )
    found = numbered.filter(place__lte=MAX_NEIGHBOURS).order_by(owner, "place")
    for owner_value, place, total, *values in found.values_list(owner, "place", "total", *columns):
        yield owner_value, values, total - MAX_NEIGHBOURS if place == MAX_NEIGHBOURS else 0
