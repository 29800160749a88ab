"""Folders come with the first file in them and go with the last; their totals are those of all files below."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from apps.artifacts.models import Artifact, Folder
from apps.artifacts.owners import Owner, OwnerRef
from apps.artifacts.paths import ancestors, parent_and_name
from apps.artifacts.refusals import file_in_the_way
from apps.teams.access import Access

_ADD = """
INSERT INTO artifacts_folder (project_id, experiment_id, owner_kind, owner_id, parent, name, file_count, size_bytes)
VALUES {places}
ON CONFLICT (project_id, owner_id, parent, name) DO UPDATE SET
    file_count = artifacts_folder.file_count + excluded.file_count,
    size_bytes = artifacts_folder.size_bytes + excluded.size_bytes
"""


def at_or_below(path: str, column: str) -> Q:
    """The rows of a file or folder and of all that lies below it; `column` is the one that names their folder.

    By a range that the index answers: 0 is what follows the slash.
    """
    folder, name = parent_and_name(path)
    return (
        Q(**{column: folder, "name": name})
        | Q(**{column: path})
        | Q(**{f"{column}__gt": f"{path}/", f"{column}__lt": f"{path}0"})
    )


def check_above(access: Access, owner: OwnerRef, folder: str) -> None:
    """Refuse a new folder that is a file already, or lies in one.

    Raises:
        Conflict: naming that file.
    """
    files = Q()
    for path in ancestors(folder)[1:]:
        above, name = parent_and_name(path)
        files |= Q(folder=above, name=name)
    for file in Artifact.objects.in_project(access).filter(files, owner_id=owner.id):
        raise file_in_the_way(file.path)


@dataclass(frozen=True, slots=True)
class FolderChange:
    """Files that came to a folder, or with negative numbers went."""

    owner: Owner
    folder: str
    files: int
    size_bytes: int


def count(access: Access, owner: Owner, folder: str, *, files: int, size_bytes: int) -> None:
    """Count files that came, or with negative numbers went, in a folder and in all above it. One statement."""
    count_all(access, [FolderChange(owner, folder, files, size_bytes)])


def count_all(access: Access, changes: Sequence[FolderChange]) -> None:
    """The same for several. One statement."""
    sums: dict[tuple[Owner, str], tuple[int, int]] = {}
    for change in changes:
        for path in ancestors(change.folder):
            files, size_bytes = sums.get((change.owner, path), (0, 0))
            sums[change.owner, path] = files + change.files, size_bytes + change.size_bytes
    values: list[Any] = []
    for (owner, path), counts in sums.items():
        own = [access.project.id, owner.experiment_id, owner.kind, _uuid(owner.id), *parent_and_name(path)]
        values += [*own, *counts]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(sums))
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(places=places), values)


def remove_empty(access: Access, owner: Owner) -> None:
    """Forget the folders in which no file is left."""
    Folder.objects.in_project(access).filter(owner_id=owner.id, file_count=0).delete()


def _uuid(value: uuid.UUID) -> uuid.UUID | str:
    return value if connection.features.has_native_uuid_field else value.hex
