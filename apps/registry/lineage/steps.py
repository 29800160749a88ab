"""One step of the walk: from nodes of one kind to their neighbours. A fixed number of statements, however many nodes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.common.ids import parse_hex_id
from apps.logged_models.models import LoggedModel, ModelUse, RunModel
from apps.registry.lineage.found import Found
from apps.registry.lineage.graph import Direction, Edge, EdgeKind, Key, Node, NodeKind, NodeState
from apps.registry.lineage.rows import Rows, dataset_node
from apps.registry.models import ModelAlias, ModelVersion
from apps.runs.details import PARENT_TAG
from apps.runs.models import DatasetInput, RunTag
from apps.teams.access import Access

Step = Callable[[Access, Rows, Sequence[Any]], Found]

_MODEL_SOURCE = "models:/"


def _run(run_id: uuid.UUID) -> Key:
    return Key(NodeKind.RUN, run_id)


def _model(model_id: uuid.UUID) -> Key:
    return Key(NodeKind.LOGGED_MODEL, model_id)


def _version(version_id: uuid.UUID) -> Key:
    return Key(NodeKind.VERSION, version_id)


def sources_of_versions(access: Access, rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The version that each is a copy of; else its logged model; else the run whose files it has."""
    found = Found()
    versions = [rows.versions[version_id] for version_id in ids]
    origins = {version.copied_from_id for version in versions if version.copied_from_id is not None}
    known = set(ModelVersion.objects.in_project(access).filter(pk__in=origins).values_list("pk", flat=True))
    for version in versions:
        target = _version(version.pk)
        if version.copied_from_id in known:
            found.edges.append(Edge(_version(version.copied_from_id), target, EdgeKind.COPIED))
            continue
        files = _files_of(version)
        if version.copied_from_id is not None:
            origin = _missing_origin(version)
            found.nodes[origin.key] = origin
            found.edges.append(Edge(origin.key, target, EdgeKind.COPIED))
            found.unsure.update(files)
        found.edges += [Edge(source, target, EdgeKind.REGISTERED) for source in files]
    return found


def sources_of_models(access: Access, rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The runs that made logged models."""
    found = Found()
    for model_id in ids:
        if (run_id := rows.models[model_id].source_run_id) is not None:
            found.edges.append(Edge(_run(run_id), _model(model_id), EdgeKind.OUTPUT))
    found.add_rows(
        RunModel.objects.in_project(access).filter(model__in=ids, use=ModelUse.OUTPUT),
        order="pk",
        owner="model_id",
        columns=("run_id",),
        edge=lambda model_id, values: Edge(_run(values[0]), _model(model_id), EdgeKind.OUTPUT),
        direction=Direction.UP,
        kind=NodeKind.RUN,
    )
    return found


def sources_of_runs(access: Access, _rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The data sets and models that runs used, and the runs that they are inside of."""
    found = Found()

    def from_dataset(run_id: uuid.UUID, values: Sequence[str]) -> Edge:
        name, digest, context = values
        node = dataset_node(name, digest)
        found.nodes[node.key] = node
        return Edge(node.key, _run(run_id), EdgeKind.INPUT, context)

    found.add_rows(
        DatasetInput.objects.in_project(access).filter(run__in=ids),
        order="pk",
        owner="run_id",
        columns=("dataset__name", "dataset__digest", "context"),
        edge=from_dataset,
        direction=Direction.UP,
        kind=NodeKind.DATASET,
    )
    found.add_rows(
        RunModel.objects.in_project(access).filter(run_id__in=ids, use=ModelUse.INPUT),
        order="pk",
        owner="run_id",
        columns=("model_id",),
        edge=lambda run_id, values: Edge(_model(values[0]), _run(run_id), EdgeKind.INPUT),
        direction=Direction.UP,
        kind=NodeKind.LOGGED_MODEL,
    )
    parents = RunTag.objects.in_project(access).filter(run__in=ids, key=PARENT_TAG)
    for run_id, text in parents.order_by("pk").values_list("run_id", "value"):
        # Anybody may write anything into a tag.
        if (parent_id := parse_hex_id(text)) is not None:
            found.edges.append(Edge(_run(parent_id), _run(run_id), EdgeKind.NESTED))
            found.unsure.add(_run(parent_id))
    return found


def results_of_datasets(access: Access, _rows: Rows, ids: Sequence[tuple[str, str]]) -> Found:
    """The runs that used a data set, the newest first. The walk down has one data set at most: where it starts."""
    found = Found()
    ((name, digest),) = ids
    inputs = DatasetInput.objects.in_project(access).filter(dataset__name=name, dataset__digest=digest)
    found.add_rows(
        inputs,
        order="-pk",
        owner="dataset__name",
        columns=("run_id", "context"),
        edge=lambda _, values: Edge(Key(NodeKind.DATASET, (name, digest)), _run(values[0]), EdgeKind.INPUT, values[1]),
        direction=Direction.DOWN,
        kind=NodeKind.RUN,
    )
    return found


def results_of_runs(access: Access, rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The models that runs made, the versions of their files, and the runs inside of them."""
    found = Found()
    models = LoggedModel.objects.in_project(access).filter(source_run_id__in=ids)
    outputs = RunModel.objects.in_project(access).filter(run_id__in=ids, use=ModelUse.OUTPUT)
    of_source = models.filter(pk=OuterRef("model"), source_run_id=OuterRef("run_id"))
    for made, owner, column in (
        (models, "source_run_id", "pk"),
        # Those that another run began, or none.
        (outputs.filter(~Exists(of_source)), "run_id", "model_id"),
    ):
        found.add_rows(
            made,
            order="pk",
            owner=owner,
            columns=(column,),
            edge=lambda run_id, values: Edge(_run(run_id), _model(values[0]), EdgeKind.OUTPUT),
            direction=Direction.DOWN,
            kind=NodeKind.LOGGED_MODEL,
        )
    _add_versions(access, found, "run_id", _run, Q(run_id__in=ids, logged_model_id=None))
    # Runs are nested within an experiment; without it no index would help.
    experiments = {rows.runs[run_id].experiment_id for run_id in ids}
    nested = RunTag.objects.in_project(access).filter(
        experiment__in=experiments, key=PARENT_TAG, value_head__in=[run_id.hex for run_id in ids]
    )
    found.add_rows(
        nested,
        order="pk",
        owner="value_head",
        columns=("run_id",),
        edge=lambda parent, values: Edge(_run(uuid.UUID(hex=parent)), _run(values[0]), EdgeKind.NESTED),
        direction=Direction.DOWN,
        kind=NodeKind.RUN,
    )
    return found


def results_of_models(access: Access, _rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The versions that logged models became, and the runs that used them."""
    found = Found()
    _add_versions(access, found, "logged_model_id", _model, Q(logged_model_id__in=ids))
    found.add_rows(
        RunModel.objects.in_project(access).filter(model__in=ids, use=ModelUse.INPUT),
        order="pk",
        owner="model_id",
        columns=("run_id",),
        edge=lambda model_id, values: Edge(_model(model_id), _run(values[0]), EdgeKind.INPUT),
        direction=Direction.DOWN,
        kind=NodeKind.RUN,
    )
    return found


def results_of_versions(access: Access, rows: Rows, ids: Sequence[uuid.UUID]) -> Found:
    """The aliases of versions, and their copies in this project."""
    found = Found()

    def to_alias(version_id: uuid.UUID, values: Sequence[Any]) -> Edge:
        key, alias = Key(NodeKind.ALIAS, values[0]), values[1]
        name = rows.versions[version_id].model.name
        found.nodes[key] = Node(key, f"@{alias}", name=name, alias=alias)
        return Edge(_version(version_id), key, EdgeKind.ALIAS)

    found.add_rows(
        ModelAlias.objects.in_project(access).filter(version__in=ids),
        order="name",
        owner="version_id",
        columns=("pk", "name"),
        edge=to_alias,
        direction=Direction.DOWN,
        kind=NodeKind.ALIAS,
    )
    # A copy names the same run and model as its origin, or none of both: by these there are indexes.
    versions = [rows.versions[version_id] for version_id in ids]
    near = Q(logged_model_id__in={version.logged_model_id for version in versions} - {None})
    near |= Q(run_id__in={version.run_id for version in versions} - {None})
    if any(version.logged_model_id is None and version.run_id is None for version in versions):
        near |= Q(logged_model_id=None, run_id=None)
    found.add_rows(
        ModelVersion.objects.in_project(access).filter(near, copied_from_id__in=ids),
        order="-pk",
        owner="copied_from_id",
        columns=("pk",),
        edge=lambda origin_id, values: Edge(_version(origin_id), _version(values[0]), EdgeKind.COPIED),
        direction=Direction.DOWN,
        kind=NodeKind.VERSION,
    )
    return found


def _add_versions(access: Access, found: Found, owner: str, key: Callable[[uuid.UUID], Key], which: Q) -> None:
    """The versions of an owner's files, the newest first, but for copies, which their origin leads to."""
    versions: QuerySet[ModelVersion] = ModelVersion.objects.in_project(access)
    origins = versions.filter(pk=OuterRef("copied_from_id"))
    found.add_rows(
        versions.filter(which).filter(~Exists(origins)),
        order="-pk",
        owner=owner,
        columns=("pk",),
        edge=lambda owner_id, values: Edge(key(owner_id), _version(values[0]), EdgeKind.REGISTERED),
        direction=Direction.DOWN,
        kind=NodeKind.VERSION,
    )


def _files_of(version: ModelVersion) -> list[Key]:
    if version.logged_model_id is not None:
        return [_model(version.logged_model_id)]
    return [_run(version.run_id)] if version.run_id is not None else []


def _missing_origin(version: ModelVersion) -> Node:
    """The origin of a copy that this project has not got: of it is known what the client called it, and no more."""
    is_named = version.source.startswith(_MODEL_SOURCE)
    label = version.source.removeprefix(_MODEL_SOURCE) if is_named else "a version that is gone"
    # By the copy's id: its own is not this project's to tell.
    return Node(Key(NodeKind.VERSION, ("origin", version.pk.hex)), label, NodeState.GONE)


STEPS: Mapping[Direction, Mapping[NodeKind, Step]] = {
    Direction.UP: {
        NodeKind.VERSION: sources_of_versions,
        NodeKind.LOGGED_MODEL: sources_of_models,
        NodeKind.RUN: sources_of_runs,
    },
    Direction.DOWN: {
        NodeKind.DATASET: results_of_datasets,
        NodeKind.RUN: results_of_runs,
        NodeKind.LOGGED_MODEL: results_of_models,
        NodeKind.VERSION: results_of_versions,
    },
}
