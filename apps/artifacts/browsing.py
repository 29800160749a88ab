"""What the pages of a run's files show of folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, IntegerField, Value

from apps.artifacts.models import Artifact, Folder, Preview
from apps.artifacts.owners import OwnerRef
from apps.artifacts.paths import ancestors, clean_folder, parent_and_name
from apps.artifacts.queries import Usage
from apps.artifacts.refusals import artifact_not_found
from apps.common.pagination import read_page_token, sign_page_token
from apps.projects.tenancy import bound
from apps.runs.models import Run
from apps.runs.refusals import run_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A file or folder as a line of a list. `file_count` is a folder's; `media_type` and `created_at` are a file's."""

    path: str
    name: str
    is_folder: bool
    size_bytes: int
    file_count: int
    media_type: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a folder: folders and files in the order of their names; `totals` are those of the whole folder.

    `above` are the folders that it lies in and itself, as path and name, the root left out.
    """

    folder: str
    above: list[tuple[str, str]]
    totals: Usage
    rows: list[Row]
    next_page_token: str | None


def run_heading(access: Access, owner: OwnerRef) -> Run:
    """A run, active or deleted, with its experiment: what stands above its files. One statement.

    Raises:
        NotFound: the project has no such run.
    """
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        found = Run.objects.in_project(access).select_related("experiment").filter(pk=owner.id).first()
    if found is None:
        raise run_not_found(owner.id)
    return found


def find_preview(access: Access, artifact: Artifact, kind: str) -> Preview | None:
    """What a job has made of a file, or is about to; None if nobody asked for it yet. One statement."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        return Preview.objects.in_project(access).filter(blob_id=artifact.blob_id, kind=kind).first()


def listing(access: Access, owner: OwnerRef, folder: str, *, page_token: str | None = None) -> Listing:
    """What lies in a folder of a run of the project, 200 lines at a time. Two statements.

    Raises:
        NotFound: there is no such folder; the root is always there.
        InvalidInput: the path, or the page token.
    """
    access.require(Permission.PROJECT_READ)
    folder = clean_folder(folder)
    scope = f"artifact-pages:{access.project.id}:{owner.id.hex}:{folder}"
    after = read_page_token(scope, page_token)[0] if page_token else ""
    with bound(access, readonly=True):
        parent, name = parent_and_name(folder)
        folders = Folder.objects.in_project(access).filter(owner_id=owner.id)
        totals = folders.filter(parent=parent, name=name).values_list("file_count", "size_bytes").first()
        if totals is None and folder:
            raise artifact_not_found()
        rows = _rows(access, owner, folder, after)
    has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return Listing(
        folder,
        [(path, path.rpartition("/")[2]) for path in ancestors(folder) if path],
        Usage(*(totals or (0, 0))),
        rows,
        sign_page_token(scope, [rows[-1].name]) if has_more else None,
    )


def _rows(access: Access, owner: OwnerRef, folder: str, after: str) -> list[Row]:
    """The lines of a page, and one more."""
    here: dict[str, Any] = {"owner_id": owner.id, "name__gt": after}
    columns = ("name", "is_folder", "size_bytes", "count", "type", "at")
    files = (
        Artifact.objects.in_project(access)
        .filter(folder=folder, **here)
        .annotate(is_folder=_number(0), count=_number(1), type=F("media_type"), at=F("created_at"))
        .values_list(*columns)
    )
    inner = (
        Folder.objects.in_project(access)
        .filter(parent=folder, **here)
        .annotate(
            is_folder=_number(1),
            count=F("file_count"),
            type=Value("", output_field=CharField()),
            at=Value(None, output_field=DateTimeField()),
        )
        .values_list(*columns)
    )
    both = files.union(inner, all=True).order_by("name")[: PAGE_SIZE + 1]
    above = f"{folder}/" if folder else ""
    return [
        Row(above + name, name, bool(is_folder), size, count, media_type, at)
        for name, is_folder, size, count, media_type, at in both
    ]


def _number(value: int) -> Value:
    return Value(value, output_field=IntegerField())
