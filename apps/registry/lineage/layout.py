"""Where the nodes and edges of a graph are drawn, in pixels. No database, no HTML.

Columns go from causes to results (apps.registry.lineage.columns). An edge that skips columns takes a place of its own in
each of them, so that no line runs behind a box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.registry.lineage.columns import columns_of
from apps.registry.lineage.graph import Direction, Edge, Graph, Key, More, Node

BOX_WIDTH = 172
BOX_HEIGHT = 46
COLUMN_GAP = 40
ROW_GAP = 14
MARGIN = 6
# What fits into a box in most letters; the box cuts what does not.
LABEL_LENGTH = 20
# The end stays: it tells versions and digests apart.
_END_LENGTH = 9
_BEND = COLUMN_GAP // 2

# What stands in a column: a node, a note of what is left out, or an edge that passes.
Item = Key | More | Edge


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or a note of what is left out, and its upper left corner."""

    x: int
    y: int
    label: str
    node: Node | None = None
    more: More | None = None
    is_start: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as the data of an SVG path; without one for a note of what is left out."""

    path: str
    edge: Edge | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, and the room that it takes: as a whole, and each box."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class _Chain:
    """What an edge connects, with its places in the columns that it skips: each with its column."""

    items: tuple[tuple[int, Item], ...]
    edge: Edge | None


def draw(graph: Graph) -> Drawing:
    """A graph laid out: what stands further to the left comes before."""
    columns = columns_of(graph)
    chains = [_chain(columns, edge) for edge in graph.edges] + [_to_note(columns, more) for more in graph.more]
    rows = _rows(columns, chains)
    tallest = max(len(items) for items in rows.values())
    corners: dict[tuple[int, Item], tuple[int, int]] = {}
    for number, items in rows.items():
        x = MARGIN + (number - min(rows)) * (BOX_WIDTH + COLUMN_GAP)
        # Short columns stand in the middle of tall ones.
        top = MARGIN + (tallest - len(items)) * (BOX_HEIGHT + ROW_GAP) // 2
        for row, item in enumerate(items):
            corners[number, item] = (x, top + row * (BOX_HEIGHT + ROW_GAP))
    return Drawing(
        # Lines between boxes of one column bend out to the right of it.
        width=2 * MARGIN + len(rows) * (BOX_WIDTH + COLUMN_GAP) - _BEND,
        height=2 * MARGIN + tallest * (BOX_HEIGHT + ROW_GAP) - ROW_GAP,
        boxes=[_box(graph, item, *at) for (_, item), at in corners.items() if not isinstance(item, Edge)],
        lines=[Line(_path([corners[place] for place in chain.items]), chain.edge) for chain in chains],
    )


def shortened(text: str) -> str:
    """A text that fits into a box, cut in the middle."""
    if len(text) <= LABEL_LENGTH:
        return text
    return f"{text[: LABEL_LENGTH - _END_LENGTH - 1]}…{text[-_END_LENGTH:]}"


def _chain(columns: dict[Key, int], edge: Edge) -> _Chain:
    first, last = columns[edge.source], columns[edge.target]
    passed = [(number, edge) for number in range(first + 1, last)]
    return _Chain(((first, edge.source), *passed, (last, edge.target)), edge)


def _to_note(columns: dict[Key, int], more: More) -> _Chain:
    column = columns[more.key]
    if more.direction is Direction.UP:
        return _Chain(((column - 1, more), (column, more.key)), None)
    return _Chain(((column, more.key), (column + 1, more)), None)


def _rows(columns: dict[Key, int], chains: Sequence[_Chain]) -> dict[int, list[Item]]:
    """What stands in each column, from top to bottom: near what it is connected with on its left, else as it was found."""
    found: dict[int, dict[Item, None]] = defaultdict(dict)
    before: dict[tuple[int, Item], list[Item]] = defaultdict(list)
    for key, number in columns.items():
        found[number][key] = None
    for chain in chains:
        for (_, item), (number, following) in pairwise(chain.items):
            before[number, following].append(item)
        for number, item in chain.items:
            found[number].setdefault(item)
    rows: dict[int, list[Item]] = {}
    for number in sorted(found):
        places = {item: place for place, item in enumerate(rows.get(number - 1, ()))}
        items = list(found[number])
        heights = {item: _middle(places, before[number, item], len(items)) for item in items}
        rows[number] = sorted(items, key=lambda item: (isinstance(item, More), heights[item]))
    return rows


def _middle(places: dict[Item, int], items: Iterable[Item], default: int) -> float:
    known = [places[item] for item in items if item in places]
    return sum(known) / len(known) if known else default


def _box(graph: Graph, item: Key | More, x: int, y: int) -> Box:
    if isinstance(item, More):
        return Box(x, y, f"and {item.count:,} more", more=item)
    node = graph.nodes[item]
    return Box(x, y, shortened(node.label), node=node, is_start=item == graph.start)


def _path(corners: Sequence[tuple[int, int]]) -> str:
    """A curve from the right side of the first box to the left side of the last, straight through the places between."""
    parts = []
    for place, ((x1, top1), (x2, top2)) in enumerate(pairwise(corners)):
        y1, y2 = top1 + BOX_HEIGHT // 2, top2 + BOX_HEIGHT // 2
        start = x1 + BOX_WIDTH
        parts.append(f"M{start} {y1}" if place == 0 else f"H{start}")
        if x2 > x1:
            parts.append(f"C{start + _BEND} {y1} {x2 - _BEND} {y2} {x2} {y2}")
        elif x2 == x1:
            parts.append(f"C{start + _BEND} {y1} {start + _BEND} {y2} {start} {y2}")
        else:
            # Back, as where a run used what it made: below the one and above the other would cross more.
            end = x2 + BOX_WIDTH
            parts = [f"M{x1} {y1} C{x1 - _BEND} {y1} {end + _BEND} {y2} {end} {y2}"]
    return " ".join(parts)
