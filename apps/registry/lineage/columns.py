"""In which column each node of a graph stands, so that edges lead to the right wherever they can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from apps.registry.lineage.graph import Graph, Key

Neighbours = Mapping[Key, list[Key]]


def columns_of(graph: Graph) -> dict[Key, int]:
    """0 for the start, less for what it came from, more for what came of it: each as far off as its longest way there."""
    targets: dict[Key, list[Key]] = defaultdict(list)
    sources: dict[Key, list[Key]] = defaultdict(list)
    for edge in graph.edges:
        targets[edge.source].append(edge.target)
        sources[edge.target].append(edge.source)
    above = _Distances(targets, {key for key, step in graph.steps.items() if step < 0}, graph.start)
    below = _Distances(sources, {key for key, step in graph.steps.items() if step > 0}, graph.start)
    return {key: -above.of(key) if step < 0 else below.of(key) for key, step in graph.steps.items()}


class _Distances:
    """The longest ways of nodes of one side to the start. A way round in a circle counts once."""

    def __init__(self, neighbours: Neighbours, side: set[Key], start: Key) -> None:
        self._neighbours = neighbours
        self._side = side
        self._known = {start: 0}
        self._entered: set[Key] = set()

    def of(self, key: Key) -> int:
        """How many steps away."""
        if key in self._known:
            return self._known[key]
        self._entered.add(key)
        nearer = (each for each in self._neighbours[key] if each in self._known or each in self._side - self._entered)
        self._known[key] = 1 + max((self.of(each) for each in nearer), default=0)
        return self._known[key]
