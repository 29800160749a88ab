"""Files of a version: the same bytes as a run's or model's, under rows of their own, which nothing changes afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.owners import Owner, OwnerRef
from apps.artifacts.paths import clean_folder
from apps.artifacts.services import folders, statements, usage
from apps.artifacts.services.copies import Copies, files_below, keep_copies
from apps.artifacts.services.folders import FolderChange
from apps.artifacts.services.storing import remove_files
from apps.artifacts.services.usage import Change
from apps.projects.tenancy import bound
from apps.teams.access import Access

_FILES_A_STATEMENT = 500


def pin_files(
    access: Access,
    *,
    source: OwnerRef,
    folder: str,
    version_id: uuid.UUID,
    lender: Access | None = None,
    copies: Copies | None = None,
) -> tuple[int, int]:
    """Give a new version the files in a folder of a run, a model or another version; bytes are shared, not copied.

    In the caller's bound transaction, which registers the version.

    Args:
        access: whose project the version is of, and the source too unless there is a lender; the caller has checked
            what it may.
        source: whose files.
        folder: below its root, empty for all of them; what lies in it comes to lie in the version's root.
        version_id: of the version, which has no files yet.
        lender: to the other project of the team that the source is of; the transaction is bound to both.
        copies: of its bytes (apps.artifacts.services.copies).

    Returns:
        How many files that are, and their bytes; (0, 0) where there is nothing.
    """
    folder = clean_folder(folder)
    target = Owner(OwnerKind.VERSION, version_id, None, None)
    with bound(access):
        statements.lock_project(access)
        rows = files_below(lender or access, source, folder).order_by("pk")
        files = [_pinned(access, file, folder, target) for file in rows]
        new_bytes = 0 if lender is None else keep_copies(access, files, copies or {})
        for some in _chunks(files):
            statements.put_files(some)
        changes = [FolderChange(target, file.folder, 1, file.size_bytes) for file in files]
        for start in range(0, len(changes), _FILES_A_STATEMENT):
            folders.count_all(access, changes[start : start + _FILES_A_STATEMENT])
        size_bytes = sum(file.size_bytes for file in files)
        if files:
            usage.change(access, Change(len(files), size_bytes, new_bytes))
    return len(files), size_bytes


def unpin_files(access: Access, *, version_id: uuid.UUID) -> int:
    """Remove the files of a version that goes, in the caller's bound transaction; how many they were."""
    with bound(access):
        statements.lock_project(access)
        return remove_files(access, Owner(OwnerKind.VERSION, version_id, None, None))


def _pinned(access: Access, file: Artifact, folder: str, target: Owner) -> Artifact:
    return Artifact(
        project_id=access.project.id,
        **target.columns,
        folder=file.folder[len(folder) :].lstrip("/"),
        name=file.name,
        blob=file.blob,
        size_bytes=file.size_bytes,
        media_type=file.media_type,
        uploaded_by_id=file.uploaded_by_id,
        created_at=file.created_at,
    )


def _chunks(files: list[Artifact]) -> Iterable[list[Artifact]]:
    for start in range(0, len(files), _FILES_A_STATEMENT):
        yield files[start : start + _FILES_A_STATEMENT]
