"""JSON as a tree that opens and closes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

MAX_NODES = 1_500
MAX_DEPTH = 24
MAX_VALUE = 1_000
_OPEN_DEPTH = 2
_OPEN_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the key or index that it stands under; of an object or array `children`, as far as they are shown."""

    key: str
    kind: str
    text: str
    is_open: bool = False
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JsonView:
    """The tree, and whether there is more than it shows."""

    template: ClassVar[str] = "artifacts/previews/_json.html"

    root: Node
    is_cut: bool


def json_view(document: Any) -> JsonView:
    """The tree of a parsed document, no more than 1,500 values of it."""
    budget = iter(range(MAX_NODES))
    root = _node("", document, 0, budget)
    return JsonView(root, next(budget, None) is None)


def _node(key: str, value: Any, depth: int, budget: Iterator[int]) -> Node:
    if isinstance(value, dict | list) and value and depth < MAX_DEPTH:
        pairs = value.items() if isinstance(value, dict) else ((str(index), item) for index, item in enumerate(value))
        children = [_node(name, item, depth + 1, budget) for (name, item), _ in zip(pairs, budget, strict=False)]
        kind, text = ("object", f"{{{len(value):,}}}") if isinstance(value, dict) else ("array", f"[{len(value):,}]")
        return Node(key, kind, text, is_open=depth < _OPEN_DEPTH and len(value) <= _OPEN_LENGTH, children=children)
    if isinstance(value, dict | list):
        return Node(key, "empty", "…" if value else json.dumps(value))
    text = json.dumps(value, ensure_ascii=False)
    kind = "string" if isinstance(value, str) else "number" if isinstance(value, float | int) else "null"
    return Node(key, "boolean" if isinstance(value, bool) else kind, text[:MAX_VALUE])
