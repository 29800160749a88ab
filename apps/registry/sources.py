"""Where a version's files come from: what a client names, resolved to something that its own project has.

A source is a text. It is compared with the few forms below and never opened, so that it reaches nothing else: no file
system, no bucket, no address, no other tenant.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from apps.artifacts.addresses import Address, parse_address
from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.owners import OwnerRef, find_owner
from apps.artifacts.paths import clean_folder
from apps.common.errors import Conflict, InvalidInput, NotFound
from apps.common.ids import parse_hex_id, parse_model_id
from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel
from apps.projects.tenancy import bound
from apps.registry.borrowing import reader_of
from apps.registry.models import ModelVersion
from apps.registry.queries import find_version
from apps.registry.refusals import invalid_source
from apps.teams.access import Access

MAX_LENGTH = 500
_RUNS = re.compile(r"runs:/([0-9a-f]{32})/(.+)", re.DOTALL)
_LOGGED = re.compile(r"models:/m-([0-9a-f]{32})")
_VERSION = re.compile(r"models:/([^/:]+)/([^/:@]+)|models:/([^/:]+)@([\w\-]+)")
# With the host left out, as a URI may have it; one that is there might be another server's.
_ADDRESS = re.compile(r"mlflow-artifacts:(?://)?/([^/].*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of files of the project, and where they came from first.

    `text` is what it is remembered as: aliases and stages point elsewhere later. With a `lender` the folder is another
    project's of the team, which shares it.
    """

    text: str
    owner: OwnerRef
    folder: str
    run_id: uuid.UUID | None = None
    logged_model_id: uuid.UUID | None = None
    copied_from: ModelVersion | None = None
    lender: Access | None = None


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


def borrowed_source(access: Access, text: str, *, run_id: str = "", model_id: str = "") -> Source | None:
    """The same for models:/<project>.<name>/..., a model that another project shares; None for any other. Not inside a transaction.

    Runs and logged models of the other project are not named in the source: they mean nothing in this one.

    Raises:
        InvalidInput: the model has no such version, or the ids named are not its.
    """
    found = _VERSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
    name = (found[1] or found[3]) if found else ""
    reader, own_name = reader_of(access, name)
    if found is None or reader.project.id == access.project.id:
        return None
    try:
        with bound(reader, readonly=True):
            version = find_version(reader, own_name, found[2] or f"@{found[4]}")
    except (InvalidInput, NotFound):
        raise invalid_source(text) from None
    owner = OwnerRef(version.pk, kind=OwnerKind.VERSION)
    there = Source(text, owner, "", version.run_id, version.logged_model_id)
    if not _is_as_said(there, run_id, model_id):
        raise invalid_source(text)
    return Source(f"models:/{name}/{version.number}", owner, "", copied_from=version, lender=reader)


def _resolved(access: Access, text: str) -> Source | None:
    if len(text) > MAX_LENGTH:
        return None
    if found := _LOGGED.fullmatch(text):
        return _of_model(access, text, OwnerRef(uuid.UUID(hex=found[1]), kind=OwnerKind.MODEL), "")
    if found := _RUNS.fullmatch(text):
        return _of_run(access, text, OwnerRef(uuid.UUID(hex=found[1])), found[2])
    if found := _VERSION.fullmatch(text):
        version = find_version(access, found[1] or found[3], found[2] or f"@{found[4]}")
        return _of_version(f"models:/{version.model.name}/{version.number}", version, "")
    if found := _ADDRESS.fullmatch(text):
        return _of_address(access, text, parse_address(found[1]))
    return None


def _of_address(access: Access, text: str, address: Address) -> Source | None:
    owner = address.owner
    if owner.kind is OwnerKind.RUN:
        return _of_run(access, text, owner, address.path)
    if owner.kind is OwnerKind.MODEL:
        return _of_model(access, text, owner, address.path)
    version = ModelVersion.objects.in_project(access).filter(pk=owner.id).first()
    return None if version is None else _of_version(text, version, address.path)


def _of_run(access: Access, text: str, owner: OwnerRef, path: str) -> Source:
    """A folder of a run; or, as clients from 3.0 on mean by it, the model that the run logged under that name."""
    folder = clean_folder(path)
    find_owner(access, owner)
    files = Artifact.objects.in_project(access).filter(owner_id=owner.id)
    if not files.filter(folder=folder).exists() and not files.filter(folder__startswith=f"{folder}/").exists():
        models = LoggedModel.objects.in_project(access).filter(
            source_run_id=owner.id, name=folder, lifecycle=Lifecycle.ACTIVE
        )
        model = models.order_by("-created_at_ms", "-id").first()
        if model is not None:
            return Source(text, OwnerRef(model.pk, kind=OwnerKind.MODEL), "", owner.id, model.pk)
    return Source(text, owner, folder, owner.id)


def _of_model(access: Access, text: str, owner: OwnerRef, path: str) -> Source | None:
    rows = LoggedModel.objects.in_project(access).filter(pk=owner.id, lifecycle=Lifecycle.ACTIVE, **owner.where())
    model = rows.first()
    return None if model is None else Source(text, owner, clean_folder(path), model.source_run_id, model.pk)


def _of_version(text: str, version: ModelVersion, path: str) -> Source:
    owner = OwnerRef(version.pk, kind=OwnerKind.VERSION)
    return Source(text, owner, clean_folder(path), version.run_id, version.logged_model_id, version)


def _is_as_said(source: Source, run_id: str, model_id: str) -> bool:
    """Whether the ids that a client named are those of the source."""
    if model_id and (source.logged_model_id is None or parse_model_id(model_id) != source.logged_model_id):
        return False
    return not run_id or (source.run_id is not None and parse_hex_id(run_id) == source.run_id)
