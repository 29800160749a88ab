"""How a graph of lineage is laid out: forward is to the right, and no line runs behind a box."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.registry.lineage.columns import columns_of
from apps.registry.lineage.graph import Direction, Edge, EdgeKind, Graph, Key, More, Node, NodeKind
from apps.registry.lineage.layout import BOX_HEIGHT, BOX_WIDTH, LABEL_LENGTH, draw


def key(number: int) -> Key:
    return Key(NodeKind.ALIAS, number)


def graph(steps: dict[int, int], edges: list[tuple[int, int]], more: list[More] | None = None) -> Graph:
    """Nodes by number with the steps that they were found in, the start first."""
    made = Graph(key(0), steps={key(number): step for number, step in steps.items()})
    made.nodes = {each: Node(each, f"node {each.id}") for each in made.steps}
    made.add_edges(Edge(key(source), key(target), EdgeKind.OUTPUT) for source, target in edges)
    made.more = more or []
    return made


def test_what_is_reached_in_several_ways_stands_before_all_of_what_came_of_it() -> None:
    # 3 -> 2 -> 1 -> 0, and 3 -> 1: found two steps up, it stands three columns to the left.
    found = columns_of(graph({0: 0, 1: -1, 2: -2, 3: -2}, [(3, 2), (2, 1), (1, 0), (3, 1)]))
    assert found == {key(0): 0, key(1): -1, key(2): -2, key(3): -3}


def test_an_edge_that_skips_a_column_has_a_place_in_it() -> None:
    drawing = draw(graph({0: 0, 1: 1, 2: 2}, [(0, 1), (1, 2), (0, 2)]))
    heights = {box.y for box in drawing.boxes}
    assert len(heights) == 2
    (long,) = [line.path for line in drawing.lines if line.path.count("C") == 2]
    middle = next(box for box in drawing.boxes if box.label == "node 1")
    crossing = float(long.split("H")[0].split()[-1])
    assert not middle.y <= crossing <= middle.y + BOX_HEIGHT


def test_a_circle_is_drawn() -> None:
    drawing = draw(graph({0: 0, 1: 1}, [(0, 1), (1, 0)]))
    assert len(drawing.lines) == len(drawing.boxes) == 2


def test_what_is_left_out_has_a_box_of_its_own() -> None:
    made = graph(
        {0: 0}, [], [More(key(0), Direction.UP, NodeKind.RUN, 1200), More(key(0), Direction.DOWN, NodeKind.RUN, 1)]
    )
    drawing = draw(made)
    assert [(box.label, box.is_start) for box in sorted(drawing.boxes, key=lambda box: box.x)] == [
        ("and 1,200 more", False),
        ("node 0", True),
        ("and 1 more", False),
    ]


def test_long_labels_are_cut() -> None:
    made = graph({0: 0}, [])
    made.nodes[key(0)] = Node(key(0), "x" * 300 + ", version 7")
    (box,) = draw(made).boxes
    assert len(box.label) == LABEL_LENGTH
    assert box.label.endswith("…version 7")


@given(st.data())
def test_boxes_lie_within_the_drawing_and_apart(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    steps = {0: 0} | {number: data.draw(st.sampled_from([-3, -2, -1, 1, 2, 3])) for number in range(1, count)}
    numbers = st.integers(0, count - 1)
    drawing = draw(graph(steps, data.draw(st.lists(st.tuples(numbers, numbers), max_size=25))))
    corners = [(box.x, box.y) for box in drawing.boxes]
    assert len(corners) == count
    for x, y in corners:
        assert 0 <= x <= drawing.width - BOX_WIDTH
        assert 0 <= y <= drawing.height - BOX_HEIGHT
        overlapping = [at for at in corners if abs(at[0] - x) < BOX_WIDTH and abs(at[1] - y) < BOX_HEIGHT]
        assert overlapping == [(x, y)]
