"""A graph of lineage as pages show it: drawn, and as a list of sentences."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from apps.registry.lineage.graph import Edge, EdgeKind, Graph, Key, More, Node, NodeKind, NodeState
from apps.registry.lineage.layout import Box, Drawing, draw
from apps.registry.lineage.walk import Start, lineage
from apps.teams.access import Access

KINDS = {
    NodeKind.DATASET: "Dataset",
    NodeKind.RUN: "Run",
    NodeKind.LOGGED_MODEL: "Model",
    NodeKind.VERSION: "Version",
    NodeKind.ALIAS: "Alias",
}
MORE = {
    NodeKind.DATASET: "datasets",
    NodeKind.RUN: "runs",
    NodeKind.LOGGED_MODEL: "models",
    NodeKind.VERSION: "versions",
    NodeKind.ALIAS: "aliases",
}
VERBS = {
    EdgeKind.INPUT: "was used by",
    EdgeKind.OUTPUT: "made",
    EdgeKind.NESTED: "contains",
    EdgeKind.REGISTERED: "was registered as",
    EdgeKind.COPIED: "was copied to",
    EdgeKind.ALIAS: "is called",
}
STATES = {NodeState.ACTIVE: "", NodeState.DELETED: "deleted", NodeState.GONE: "gone"}


@dataclass(frozen=True, slots=True)
class Thing:
    """A node with words, and the address of its page; empty where it has none."""

    node: Node
    kind: str
    state: str
    address: str


@dataclass(frozen=True, slots=True)
class Place:
    """A box of the drawing, and what it stands for."""

    box: Box
    thing: Thing | None
    kind: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """An edge in words."""

    source: Thing
    verb: str
    target: Thing
    detail: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template needs."""

    drawing: Drawing
    places: list[Place]
    sentences: list[Sentence]
    left_out: list[str]
    is_cut: bool


def picture(access: Access, start: Start) -> Picture:
    """The lineage of a thing, drawn.

    Raises:
        NotFound: the project has no such thing.
        InvalidInput: it is none, or several.
    """
    graph = lineage(access, start)
    things = {key: _thing(access, node) for key, node in graph.nodes.items()}
    drawing = draw(graph)
    return Picture(
        drawing,
        [_place(box, things) for box in drawing.boxes],
        [_sentence(edge, things) for edge, _, _ in graph.listed],
        [_left_out(graph, more) for more in graph.more],
        graph.is_cut,
    )


def _place(box: Box, things: dict[Key, Thing]) -> Place:
    if box.node is not None:
        thing = things[box.node.key]
        return Place(box, thing, thing.kind)
    assert box.more is not None  # noqa: S101
    return Place(box, None, MORE[box.more.kind])


def _sentence(edge: Edge, things: dict[Key, Thing]) -> Sentence:
    return Sentence(things[edge.source], VERBS[edge.kind], things[edge.target], edge.detail)


def _left_out(graph: Graph, more: More) -> str:
    return f"{more.count:,} more {MORE[more.kind]} at {graph.nodes[more.key].label}"


def _thing(access: Access, node: Node) -> Thing:
    address = "" if node.state is NodeState.GONE else _address(access, node)
    return Thing(node, KINDS[node.kind], STATES[node.state], address)


def _address(access: Access, node: Node) -> str:
    project = (access.team.slug, access.project.slug)
    match node.kind:
        case NodeKind.DATASET:
            query = urlencode({"dataset_name": node.name, "dataset_digest": node.digest})
            return f"{reverse('lineage', args=project)}?{query}"
        case NodeKind.RUN:
            return reverse("run", args=(*project, node.run_id))
        case NodeKind.LOGGED_MODEL:
            return reverse("run-models", args=(*project, node.run_id)) if node.run_id else ""
        case NodeKind.VERSION:
            return reverse("model-version", args=(*project, node.name, node.version))
        case NodeKind.ALIAS:
            return reverse("registered-model", args=(*project, node.name))
