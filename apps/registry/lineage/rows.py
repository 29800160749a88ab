"""Nodes from the rows that they stand for: one statement a kind, however many there are."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.common.ids import model_id
from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel
from apps.registry.lineage.graph import Key, Node, NodeKind, NodeState
from apps.registry.models import ModelVersion
from apps.runs.models import Run
from apps.teams.access import Access

# As many digits of an id as tell a few of them apart.
_SHORT = 8


@dataclass(slots=True)
class Rows:
    """What was read of nodes so far, by id: the next step finds there what it needs."""

    runs: dict[uuid.UUID, Run] = field(default_factory=dict)
    models: dict[uuid.UUID, LoggedModel] = field(default_factory=dict)
    versions: dict[uuid.UUID, ModelVersion] = field(default_factory=dict)


def load(access: Access, rows: Rows, keys: Iterable[Key]) -> dict[Key, Node]:
    """The nodes of runs, logged models and versions, in the order of `keys`; in a bound transaction."""
    wanted: dict[NodeKind, list[Any]] = defaultdict(list)
    listed = list(keys)
    for key in listed:
        wanted[key.kind].append(key.id)
    if ids := wanted[NodeKind.RUN]:
        rows.runs |= Run.objects.in_project(access).only("name", "lifecycle", "experiment_id").in_bulk(ids)
    if ids := wanted[NodeKind.LOGGED_MODEL]:
        models = LoggedModel.objects.in_project(access).only("name", "lifecycle", "source_run_id")
        rows.models |= models.in_bulk(ids)
    if ids := wanted[NodeKind.VERSION]:
        rows.versions |= ModelVersion.objects.in_project(access).select_related("model").in_bulk(ids)
    return {key: _NODES[key.kind](rows, key) for key in listed}


def dataset_node(name: str, digest: str) -> Node:
    """A version of a data set: known by its name and digest, in whichever experiments it was used."""
    key = Key(NodeKind.DATASET, (name, digest))
    return Node(key, f"{name} ({digest})" if digest else name, name=name, digest=digest)


def _run(rows: Rows, key: Key) -> Node:
    assert isinstance(key.id, uuid.UUID)  # noqa: S101
    run = rows.runs.get(key.id)
    if run is None:
        return Node(key, key.id.hex[-_SHORT:], NodeState.GONE, run_id=key.id.hex)
    return Node(key, run.name or run.pk.hex[-_SHORT:], _state(run.lifecycle), run_id=run.pk.hex)


def _model(rows: Rows, key: Key) -> Node:
    assert isinstance(key.id, uuid.UUID)  # noqa: S101
    model = rows.models.get(key.id)
    if model is None:
        return Node(key, key.id.hex[-_SHORT:], NodeState.GONE, model_id=model_id(key.id))
    run_id = None if model.source_run_id is None else model.source_run_id.hex
    return Node(key, model.name, _state(model.lifecycle), run_id=run_id, model_id=model_id(model.pk))


def _version(rows: Rows, key: Key) -> Node:
    assert isinstance(key.id, uuid.UUID)  # noqa: S101
    version = rows.versions.get(key.id)
    if version is None:
        return Node(key, "a version that is gone", NodeState.GONE)
    label = f"{version.model.name}, version {version.number}"
    return Node(key, label, name=version.model.name, version=version.number)


def _state(lifecycle: str) -> NodeState:
    return NodeState.ACTIVE if lifecycle == Lifecycle.ACTIVE else NodeState.DELETED


_NODES: dict[NodeKind, Callable[[Rows, Key], Node]] = {
    NodeKind.RUN: _run,
    NodeKind.LOGGED_MODEL: _model,
    NodeKind.VERSION: _version,
}
