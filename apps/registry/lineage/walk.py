"""The lineage of a thing: everything that it came from, and everything that came of it, some steps far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.common.errors import InvalidInput, NotFound
from apps.common.ids import parse_hex_id, parse_model_id
from apps.projects.tenancy import bound
from apps.registry.lineage.found import Found
from apps.registry.lineage.graph import Direction, Edge, Graph, Key, More, Node, NodeKind, NodeState
from apps.registry.lineage.rows import Rows, dataset_node, load
from apps.registry.lineage.steps import STEPS
from apps.registry.names import check_name
from apps.registry.queries import numbered_version
from apps.runs.models import Dataset
from apps.teams.access import Access
from apps.teams.permissions import Permission

# Enough for a version of a model that was tuned from another one: version, model, run, model, run, dataset.
MAX_STEPS = 6
MAX_NODES = 150


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: a run, a logged model, a version, or a dataset; what is not meant is left empty."""

    run_id: str = ""
    model_id: str = ""
    name: str = ""
    version: int | None = None
    dataset_name: str = ""
    dataset_digest: str | None = None


def lineage(access: Access, start: Start) -> Graph:
    """What a thing came from and what came of it.

    The number of statements depends on how many steps there are, and not on how much is found.

    Args:
        access: needs PROJECT_READ; nothing of another project is shown.
        start: one thing.

    Raises:
        NotFound: the project has no such thing.
        InvalidInput: it is none, or several.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        rows = Rows()
        first = _first_node(access, rows, start)
        graph = Graph(first.key, {first.key: first}, {first.key: 0})
        for direction in Direction:
            _walk(access, rows, graph, direction)
    graph.more = _summed(graph.more)
    return graph


def _walk(access: Access, rows: Rows, graph: Graph, direction: Direction) -> None:
    sign = -1 if direction is Direction.UP else 1
    frontier = [graph.start]
    for step in range(1, MAX_STEPS + 1):
        found = _step(access, rows, direction, frontier)
        nodes = _new_nodes(access, rows, graph, direction, found)
        graph.nodes |= nodes
        graph.steps |= dict.fromkeys(nodes, sign * step)
        graph.add_edges(found.edges)
        frontier = [key for key, node in nodes.items() if node.state is not NodeState.GONE]
        if not frontier:
            return
    graph.is_cut |= any(key.kind in STEPS[direction] for key in frontier)


def _step(access: Access, rows: Rows, direction: Direction, frontier: Iterable[Key]) -> Found:
    by_kind: dict[NodeKind, list[Any]] = defaultdict(list)
    for key in frontier:
        by_kind[key.kind].append(key.id)
    all_found = Found()
    for kind, step in STEPS[direction].items():
        if by_kind[kind]:
            found = step(access, rows, by_kind[kind])
            all_found.edges += found.edges
            all_found.nodes |= found.nodes
            all_found.unsure |= found.unsure
            all_found.more += found.more
    return all_found


def _new_nodes(access: Access, rows: Rows, graph: Graph, direction: Direction, found: Found) -> dict[Key, Node]:
    """The neighbours that are not in the graph yet, as far as there is room; what is left out is counted."""
    ends = {_far(edge, direction): edge for edge in reversed(found.edges)}
    new = [far for edge in found.edges if (far := _far(edge, direction)) not in graph.nodes]
    keys = list(dict.fromkeys(new))
    room = MAX_NODES - len(graph.nodes)
    left_out: dict[tuple[Key, NodeKind], int] = defaultdict(int)
    for key in keys[room:]:
        left_out[_near(ends[key], direction), key.kind] += 1
    graph.more += [*found.more, *(More(near, direction, kind, count) for (near, kind), count in left_out.items())]
    kept = keys[:room]
    loaded = load(access, rows, [key for key in kept if key not in found.nodes])
    nodes = {key: found.nodes.get(key) or loaded[key] for key in kept}
    return {key: node for key, node in nodes.items() if node.state is not NodeState.GONE or key not in found.unsure}


def _summed(more: Iterable[More]) -> list[More]:
    """Once for each node, direction and kind: several steps may have counted."""
    counts: dict[tuple[Key, Direction, NodeKind], int] = defaultdict(int)
    for each in more:
        counts[each.key, each.direction, each.kind] += each.count
    return [More(*what, count) for what, count in counts.items()]


def _far(edge: Edge, direction: Direction) -> Key:
    return edge.source if direction is Direction.UP else edge.target


def _near(edge: Edge, direction: Direction) -> Key:
    return edge.target if direction is Direction.UP else edge.source


def _first_node(access: Access, rows: Rows, start: Start) -> Node:
    given = [bool(start.run_id), bool(start.model_id), bool(start.name), bool(start.dataset_name)]
    if sum(given) != 1 or bool(start.name) != (start.version is not None):
        message = "Name one thing: run_id, model_id, name and version, or dataset_name and dataset_digest."
        raise InvalidInput("invalid_start", message)
    if start.dataset_name:
        return _dataset(access, start.dataset_name, start.dataset_digest)
    if start.version is not None:
        check_name(start.name)
        version = numbered_version(access, start.name, start.version)
        return _loaded(access, rows, Key(NodeKind.VERSION, version.pk))
    if start.run_id:
        run_id = parse_hex_id(start.run_id)
        return _loaded(access, rows, None if run_id is None else Key(NodeKind.RUN, run_id))
    model_id = parse_model_id(start.model_id)
    return _loaded(access, rows, None if model_id is None else Key(NodeKind.LOGGED_MODEL, model_id))


def _loaded(access: Access, rows: Rows, key: Key | None) -> Node:
    if key is not None:
        node = load(access, rows, [key])[key]
        if node.state is not NodeState.GONE:
            return node
    raise NotFound("start_not_found", "The project has no such run or model.")


def _dataset(access: Access, name: str, digest: str | None) -> Node:
    if digest is None:
        raise InvalidInput("missing_digest", "A dataset is named by its digest too.", field="dataset_digest")
    if not Dataset.objects.in_project(access).filter(name=name, digest=digest).exists():
        raise NotFound("dataset_not_found", f"Dataset with name={name!r} and digest={digest!r} not found.")
    return dataset_node(name, digest)
