"""Where the nodes and edges of a graph are drawn: columns from causes to results, in pixels. No database, no HTML."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from apps.registry.lineage.graph import Direction, Edge, Graph, More, Node

BOX_WIDTH = 190
BOX_HEIGHT = 46
COLUMN_GAP = 56
ROW_GAP = 14
MARGIN = 6
# What fits into a box, in the letters that it is written in.
LABEL_LENGTH = 26
_BEND = COLUMN_GAP // 2


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or a note of what is left out, and its upper left corner."""

    x: int
    y: int
    label: str
    node: Node | None = None
    more: More | None = None
    is_start: bool = False

    @property
    def text_x(self) -> int:
        """Where its texts begin."""
        return self.x + 10

    @property
    def kind_y(self) -> int:
        """The line of its first text."""
        return self.y + 18

    @property
    def label_y(self) -> int:
        """That of its second."""
        return self.y + 35


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as the data of an SVG path; without one for a note of what is left out."""

    path: str
    edge: Edge | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, and the room that it takes."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]


def draw(graph: Graph) -> Drawing:
    """A graph laid out: what stands further to the left comes before."""
    columns: dict[int, list[Node | More]] = defaultdict(list)
    for key, node in graph.nodes.items():
        columns[graph.columns[key]].append(node)
    for more in graph.more:
        columns[graph.columns[more.key] + (-1 if more.direction is Direction.UP else 1)].append(more)
    tallest = max(len(column) for column in columns.values())
    boxes: dict[object, Box] = {}
    for place, number in enumerate(sorted(columns)):
        x = MARGIN + place * (BOX_WIDTH + COLUMN_GAP)
        # Short columns stand in the middle of tall ones.
        top = MARGIN + (tallest - len(columns[number])) * (BOX_HEIGHT + ROW_GAP) // 2
        for row, what in enumerate(columns[number]):
            y = top + row * (BOX_HEIGHT + ROW_GAP)
            boxes[what if isinstance(what, More) else what.key] = _box(graph, what, x, y)
    lines = [Line(_path(boxes[edge.source], boxes[edge.target]), edge) for edge in graph.edges]
    for more in graph.more:
        ends = (boxes[more], boxes[more.key])
        lines.append(Line(_path(*(ends if more.direction is Direction.UP else ends[::-1]))))
    width = 2 * MARGIN + len(columns) * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP
    # Lines between boxes of one column bend out to the right of it.
    return Drawing(width + _BEND, 2 * MARGIN + tallest * (BOX_HEIGHT + ROW_GAP) - ROW_GAP, list(boxes.values()), lines)


def shortened(text: str) -> str:
    """A text that fits into a box."""
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


def _box(graph: Graph, what: Node | More, x: int, y: int) -> Box:
    if isinstance(what, More):
        return Box(x, y, f"and {what.count:,} more", more=what)
    return Box(x, y, shortened(what.label), node=what, is_start=what.key == graph.start)


def _path(source: Box, target: Box) -> str:
    """A curve from the right side of one box to the left side of another; around them where that is no way forward."""
    y1, y2 = source.y + BOX_HEIGHT // 2, target.y + BOX_HEIGHT // 2
    right = source.x + BOX_WIDTH
    if target.x > source.x:
        return f"M{right} {y1} C{right + _BEND} {y1} {target.x - _BEND} {y2} {target.x} {y2}"
    if target.x == source.x:
        return f"M{right} {y1} C{right + _BEND} {y1} {right + _BEND} {y2} {right} {y2}"
    left = target.x + BOX_WIDTH
    return f"M{source.x} {y1} C{source.x - _BEND} {y1} {left + _BEND} {y2} {left} {y2}"
