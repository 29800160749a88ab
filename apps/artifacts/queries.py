"""Reads of files: listing, finding, opening, totals."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, Sum, Value

from apps.artifacts.blob_bytes import open_blob
from apps.artifacts.file_rows import file_row
from apps.artifacts.models import Artifact, Folder, ProjectUsage, TeamUsage
from apps.artifacts.owners import Owner, OwnerRef, find_owner
from apps.artifacts.paths import clean_folder, clean_path, parent_and_name
from apps.artifacts.refusals import artifact_not_found, is_a_folder
from apps.artifacts.stores import Chunks, Home, ObjectMissing
from apps.common.pagination import read_page_token, sign_page_token
from apps.experiments.queries import find_experiment
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder; of a folder `size_bytes` is the sum of all files below it."""

    path: str
    is_folder: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FolderPage:
    """A part of a folder, files and folders together in the order of their names by code point."""

    owner: Owner
    entries: list[Entry]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files there are, how large they are together, and what of that is kept: the same bytes count once.

    `stored_bytes` is None where only whole projects know it.
    """

    file_count: int
    file_bytes: int
    stored_bytes: int | None = None


def folder_page(
    access: Access, owner: OwnerRef, folder: str, *, page_size: int | None = None, page_token: str | None = None
) -> FolderPage:
    """What lies in a folder of a run. Two statements, however much that is.

    Args:
        access: needs PROJECT_READ.
        owner: the run, model or version, in any stage of its life.
        folder: below the root of its owner; empty for the root. One that does not exist is empty, as in MLflow.
        page_size: None for all at once.
        page_token: of the page before.

    Raises:
        NotFound: the project has no such run or model.
        InvalidInput: the path, or the page token.
    """
    access.require(Permission.PROJECT_READ)
    folder = clean_folder(folder)
    scope = f"artifacts:{access.project.id}:{owner.id.hex}:{folder}"
    after = read_page_token(scope, page_token)[0] if page_token else ""
    with bound(access, readonly=True):
        found = find_owner(access, owner)
        files = Artifact.objects.in_project(access).filter(owner_id=owner.id, folder=folder, name__gt=after)
        inner = Folder.objects.in_project(access).filter(owner_id=owner.id, parent=folder, name__gt=after)
        both = _listed(files, is_folder=0).union(_listed(inner, is_folder=1), all=True).order_by("name")
        rows = list(both if page_size is None else both[: page_size + 1])
    has_more = page_size is not None and len(rows) > page_size
    rows = rows[:page_size]
    above = f"{folder}/" if folder else ""
    return FolderPage(
        found,
        [Entry(above + name, bool(is_folder), size) for name, is_folder, size in rows],
        sign_page_token(scope, [rows[-1][0]]) if has_more else None,
    )


def find_artifact(access: Access, owner: OwnerRef, path: str) -> Artifact:
    """A file of a run, active or deleted, with its blob and the number of its experiment. One statement.

    Raises:
        NotFound: there is no such run or file.
        InvalidInput: the path, or it is a folder's.
    """
    access.require(Permission.PROJECT_READ)
    path = clean_path(path)
    folder, name = parent_and_name(path)
    found = file_row(access, owner, folder, name)
    if found is not None:
        return found
    with bound(access, readonly=True):
        inner = Folder.objects.in_project(access).filter(
            owner_id=owner.id, owner_kind=owner.kind, parent=folder, name=name
        )
        inner = inner.filter(**owner.where())
        raise is_a_folder(path) if inner.exists() else artifact_not_found()


def artifact_chunks(access: Access, artifact: Artifact, *, start: int = 0, length: int | None = None) -> Chunks:
    """The bytes of a file, opened: `length` of them from `start` on, or all. To be closed by who reads them.

    Raises:
        NotFound: it was deleted since it was found.
        StorageUnavailable: the store does not answer.
    """
    access.require(Permission.PROJECT_READ)
    try:
        return open_blob(Home.of(access), artifact.blob, start=start, length=length)
    except ObjectMissing:
        logger.warning("Blob %s has no bytes: it was just deleted, or the store lost it", artifact.blob_id)
        raise artifact_not_found() from None


def run_usage(access: Access, run_id: uuid.UUID) -> Usage:
    """The files of a run; nothing for a run that has none, or is none. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        roots = Folder.objects.in_project(access).filter(owner_id=run_id, parent="", name="")
        row = roots.values_list("file_count", "size_bytes").first()
    return Usage(*(row or (0, 0)))


def experiment_usage(access: Access, number: int) -> Usage:
    """The files of an experiment's runs, active and deleted.

    Raises:
        NotFound: the project has no such experiment.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        experiment = find_experiment(access, number)
        sums = (
            Folder.objects.in_project(access)
            .filter(experiment=experiment, name="")
            .aggregate(files=Sum("file_count", default=0), size=Sum("size_bytes", default=0))
        )
    return Usage(sums["files"], sums["size"])


def project_usage(access: Access) -> Usage:
    """What the project keeps. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        row = ProjectUsage.objects.in_project(access).first()
    return Usage(row.file_count, row.file_bytes, row.stored_bytes) if row else Usage(0, 0, 0)


def team_usage(access: Access) -> Usage:
    """What all projects of the team keep. One statement."""
    access.require(Permission.PROJECT_READ)
    row = TeamUsage.objects.filter(pk=access.team.id).first()
    return Usage(row.file_count, row.file_bytes, row.stored_bytes) if row else Usage(0, 0, 0)


def _listed(rows: Any, *, is_folder: int) -> Any:
    kind = Value(is_folder, output_field=IntegerField())
    return rows.annotate(is_folder=kind).values_list("name", "is_folder", "size_bytes")
