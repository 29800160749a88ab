"""Where a version's files come from: what a client names, resolved to something that its own project has.

A source is a text. It is compared with the few forms below and never opened, so that it reaches nothing else: no file
system, no bucket, no address, no other tenant.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from apps.artifacts.addresses import SCHEME, parse_address
from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.owners import OwnerRef, find_owner
from apps.artifacts.paths import clean_folder
from apps.common.errors import Conflict, InvalidInput, NotFound
from apps.common.ids import parse_hex_id, parse_model_id
from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel
from apps.registry.models import ModelVersion
from apps.registry.queries import find_version
from apps.registry.refusals import invalid_source
from apps.teams.access import Access

MAX_LENGTH = 500
_RUNS = re.compile(r"runs:/([0-9a-f]{32})/(.+)", re.DOTALL)
_LOGGED = re.compile(r"models:/(m-[0-9a-f]{32})")
_VERSION = re.compile(r"models:/([^/:@]+)/([^/:@]+)|models:/([^/:@]+)@([\w\-]+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of files of the project, and where they came from first."""

    owner: OwnerRef
    folder: str
    run_id: uuid.UUID | None = None
    logged_model_id: uuid.UUID | None = None
    copied_from: ModelVersion | None = None


def resolve_source(access: Access, text: str, *, run_id: str = "", model_id: str = "") -> Source:
    """The files that a source stands for; inside a bound transaction.

    Args:
        access: whose project they must belong to.
        text: runs:/<run id>/<path>, models:/<model id>, models:/<name>/<version, stage or latest>, models:/<name>@<alias>,
            or the address that clients know the files of one of these by, mlflow-artifacts:/...
        run_id: what the client says that the source belongs to; empty for nothing.
        model_id: likewise.

    Raises:
        InvalidInput: it is none of these, or not the project's: always with the same words.
    """
    try:
        source = _resolved(access, text)
    except (Conflict, InvalidInput, NotFound):
        source = None
    if source is None or not _is_as_said(source, run_id, model_id):
        raise invalid_source(text)
    return source


def _resolved(access: Access, text: str) -> Source | None:
    if len(text) > MAX_LENGTH:
        return None
    if found := _LOGGED.fullmatch(text):
        return _of_model(access, found[1])
    if found := _RUNS.fullmatch(text):
        return _of_run(access, uuid.UUID(hex=found[1]), None, found[2])
    if found := _VERSION.fullmatch(text):
        return _of_version(find_version(access, found[1] or found[3], found[2] or f"@{found[4]}"))
    if not text.startswith(SCHEME) or text.startswith(f"{SCHEME}/"):
        return None
    address = parse_address(text.removeprefix(SCHEME))
    owner = address.owner
    if owner.kind is OwnerKind.RUN:
        return _of_run(access, owner.id, owner.experiment_number, address.path)
    find_owner(access, owner)
    if owner.kind is OwnerKind.MODEL:
        model = LoggedModel.objects.in_project(access).get(pk=owner.id)
        return Source(owner, clean_folder(address.path), model.source_run_id, model.pk)
    version = ModelVersion.objects.in_project(access).get(pk=owner.id)
    return Source(owner, clean_folder(address.path), version.run_id, version.logged_model_id, version)


def _of_run(access: Access, run_id: uuid.UUID, experiment_number: int | None, path: str) -> Source:
    """A folder of a run; or, as clients from 3.0 on mean by it, the model that the run logged under that name."""
    owner, folder = OwnerRef(run_id, experiment_number), clean_folder(path)
    find_owner(access, owner)
    files = Artifact.objects.in_project(access).filter(owner_id=run_id)
    if not files.filter(folder=folder).exists() and not files.filter(folder__startswith=f"{folder}/").exists():
        models = LoggedModel.objects.in_project(access).filter(
            source_run_id=run_id, name=folder, lifecycle=Lifecycle.ACTIVE
        )
        model = models.order_by("-created_at_ms", "-id").first()
        if model is not None:
            return Source(OwnerRef(model.pk, kind=OwnerKind.MODEL), "", run_id, model.pk)
    return Source(owner, folder, run_id)


def _of_model(access: Access, text: str) -> Source | None:
    key = parse_model_id(text)
    if key is None:
        return None
    models = LoggedModel.objects.in_project(access).filter(pk=key, lifecycle=Lifecycle.ACTIVE)
    model = models.first()
    if model is None:
        return None
    return Source(OwnerRef(model.pk, kind=OwnerKind.MODEL), "", model.source_run_id, model.pk)


def _of_version(version: ModelVersion) -> Source:
    owner = OwnerRef(version.pk, kind=OwnerKind.VERSION)
    return Source(owner, "", version.run_id, version.logged_model_id, version)


def _is_as_said(source: Source, run_id: str, model_id: str) -> bool:
    """Whether the ids that a client named are those of the source; a model logged without a run may name one."""
    if model_id and parse_model_id(model_id) != source.logged_model_id:
        return False
    return not run_id or parse_hex_id(run_id) == source.run_id
