"""A bounded graph of things that came of each other: edges point from a cause to what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class NodeKind(StrEnum):
    """What a node stands for."""

    DATASET = "dataset"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    VERSION = "version"
    ALIAS = "alias"


class EdgeKind(StrEnum):
    """What the source of an edge had to do with its target."""

    # A dataset or a logged model that a run read.
    INPUT = "input"
    # A logged model that a run made.
    OUTPUT = "output"
    # A run inside of a run.
    NESTED = "nested"
    # A version of a logged model's files, or of a run's.
    REGISTERED = "registered"
    COPIED = "copied"
    ALIAS = "alias"


class Direction(StrEnum):
    """Up to where something came from, down to what came of it."""

    UP = "up"
    DOWN = "down"


class NodeState(StrEnum):
    """Whether what a node stands for is still there; what is gone may also belong to another project."""

    ACTIVE = "active"
    DELETED = "deleted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Key:
    """What a node stands for: an id of its kind, or the name and digest of a dataset."""

    kind: NodeKind
    id: uuid.UUID | int | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """A node, with the parts of its address that its kind has.

    Attributes:
        key: what it stands for.
        label: for people.
        state: whether it is still there.
        run_id: of a run; of a logged model, the run that logged it.
        model_id: of a logged model, as clients see it.
        name: of the registered model, of a version or an alias; of a dataset, its own.
        version: the number.
        alias: without the @.
        digest: of a dataset.
    """

    key: Key
    label: str
    state: NodeState = NodeState.ACTIVE
    run_id: str | None = None
    model_id: str | None = None
    name: str | None = None
    version: int | None = None
    alias: str | None = None
    digest: str | None = None

    @property
    def kind(self) -> NodeKind:
        """What it stands for."""
        return self.key.kind

    @property
    def id(self) -> str:
        """A text that no other node of the graph has."""
        match self.key.id:
            case uuid.UUID() as key:
                return f"{self.kind}:{key.hex}"
            case (name, digest):
                return f"{self.kind}:{digest}:{name}"
            case number:
                return f"{self.kind}:{number}"


@dataclass(frozen=True, slots=True)
class Edge:
    """Of a cause to what came of it; `detail` is the context in which a dataset was used."""

    source: Key
    target: Key
    kind: EdgeKind
    detail: str = ""

    @property
    def is_loop(self) -> bool:
        """Whether it leads nowhere else: a run may call itself its parent."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class More:
    """Neighbours of a node that are left out, and how many."""

    key: Key
    direction: Direction
    kind: NodeKind
    count: int


@dataclass(slots=True)
class Graph:
    """What was found around `start`.

    Attributes:
        start: where the walk began.
        nodes: by key, in the order in which they were found.
        steps: to each node: 0 for the start, less for what it came from, more for what came of it.
        edges: each once.
        more: what is left out.
        is_cut: the walk ended at nodes that may lead further.
    """

    start: Key
    nodes: dict[Key, Node] = field(default_factory=dict)
    steps: dict[Key, int] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    more: list[More] = field(default_factory=list)
    is_cut: bool = False

    @property
    def listed(self) -> list[tuple[Edge, Node, Node]]:
        """Each edge with its ends: from the causes to what came of them, as the nodes stand."""
        places = {key: (self.steps[key], place) for place, key in enumerate(self.nodes)}
        ordered = sorted(self.edges, key=lambda edge: (places[edge.source], places[edge.target]))
        return [(edge, self.nodes[edge.source], self.nodes[edge.target]) for edge in ordered]

    def add_edges(self, edges: Iterable[Edge]) -> None:
        """Those between nodes that are shown, without loops and those that are there already."""
        known = set(self.edges)
        for edge in edges:
            if edge.source in self.nodes and edge.target in self.nodes and edge not in known and not edge.is_loop:
                known.add(edge)
                self.edges.append(edge)
