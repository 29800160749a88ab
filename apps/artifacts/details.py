"""Reads of files with all that is known of them: what the native API and pages show, and MLflow's protocol does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.artifacts.models import Artifact, Folder
from apps.artifacts.owners import OwnerRef
from apps.artifacts.paths import clean_folder
from apps.artifacts.queries import folder_page
from apps.projects.tenancy import bound
from apps.teams.access import Access


@dataclass(frozen=True, slots=True)
class EntryDetails:
    """A file or a folder; of a folder `size_bytes` is the sum of all files below it, and `file_count` their number.

    A folder has no SHA-256, no media type and no time.
    """

    path: str
    is_folder: bool
    size_bytes: int
    file_count: int
    sha256: str | None = None
    media_type: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FolderDetails:
    """A part of a folder, files and folders together in the order of their names by code point."""

    items: list[EntryDetails]
    next_page_token: str | None


def folder_details(
    access: Access, owner: OwnerRef, folder: str, *, page_size: int, page_token: str | None = None
) -> FolderDetails:
    """What lies in a folder of a run. Four statements, however much that is; arguments and errors as `folder_page`."""
    with bound(access, readonly=True):
        page = folder_page(access, owner, folder, page_size=page_size, page_token=page_token)
        names = {entry.path: entry.path.rpartition("/")[2] for entry in page.entries}
        inside = clean_folder(folder)
        files = Artifact.objects.in_project(access).filter(owner_id=owner.id, folder=inside).select_related("blob")
        inner = Folder.objects.in_project(access).filter(owner_id=owner.id, parent=inside)
        shown_files = [names[entry.path] for entry in page.entries if not entry.is_folder]
        shown_folders = [names[entry.path] for entry in page.entries if entry.is_folder]
        file_of = {file.name: file for file in files.filter(name__in=shown_files)}
        count_of = dict(inner.filter(name__in=shown_folders).values_list("name", "file_count"))
    items = [
        EntryDetails(entry.path, is_folder=True, size_bytes=entry.size_bytes, file_count=count_of[names[entry.path]])
        if entry.is_folder
        else details_of(file_of[names[entry.path]])
        for entry in page.entries
    ]
    return FolderDetails(items, page.next_page_token)


def details_of(file: Artifact) -> EntryDetails:
    """What is known of a file whose blob is loaded."""
    return EntryDetails(
        file.path,
        is_folder=False,
        size_bytes=file.size_bytes,
        file_count=1,
        sha256=file.blob.sha256,
        media_type=file.media_type,
        created_at=file.created_at,
    )
