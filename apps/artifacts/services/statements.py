"""The SQL of an upload, written out: each statement here is one that every file costs, and compiling it cost ten times its run.

All of them name the project beside the key, on top of row-level security. Only names from this code base stand in their
text; every value is a parameter.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.artifacts.models import Artifact, Blob
from apps.artifacts.owners import RunRef
from apps.artifacts.paths import parent_and_name
from apps.teams.access import Access

_LOCK_SPACE = 0x524641 << 40
_INSERT_BLOB = """
INSERT INTO artifacts_blob (id, project_id, state, sha256, size_bytes, created_at, expires_at, storage_id)
SELECT %s, r.project_id, 'writing', '', %s, %s, %s,
    (SELECT s.id FROM artifacts_teamstorage s WHERE s.team_id = %s AND s.is_current)
FROM runs_run r JOIN experiments_experiment e ON e.id = r.experiment_id
WHERE r.id = %s AND r.project_id = %s AND r.lifecycle = 'active' AND e.number = COALESCE(%s, e.number)
RETURNING storage_id
"""
_SITUATION = """
SELECT r.experiment_id, e.number, file.id, file.blob_id, file.size_bytes, own.id IS NOT NULL, same.id,
    folder.id IS NOT NULL, parent.id IS NOT NULL
FROM runs_run r JOIN experiments_experiment e ON e.id = r.experiment_id
LEFT JOIN artifacts_artifact file ON file.project_id = r.project_id AND file.owner_id = r.id
    AND file.folder = %s AND file.name = %s
LEFT JOIN artifacts_blob own ON own.id = %s AND own.project_id = r.project_id AND own.state = 'writing'
LEFT JOIN artifacts_blob same ON same.project_id = r.project_id AND same.sha256 = %s AND same.state = 'stored'
LEFT JOIN artifacts_folder folder ON folder.project_id = r.project_id AND folder.owner_id = r.id
    AND folder.parent = %s AND folder.name = %s
LEFT JOIN artifacts_folder parent ON parent.project_id = r.project_id AND parent.owner_id = r.id
    AND parent.parent = %s AND parent.name = %s
WHERE r.id = %s AND r.project_id = %s AND r.lifecycle = 'active' AND e.number = COALESCE(%s, e.number)
"""
_KEEP_BLOB = (
    "UPDATE artifacts_blob SET state = 'stored', sha256 = %s, size_bytes = %s, expires_at = NULL "
    "WHERE id = %s AND project_id = %s AND state = 'writing'"
)
_PUT_FILE = """
INSERT INTO artifacts_artifact (project_id, experiment_id, owner_kind, owner_id, folder, name, blob_id, size_bytes,
    media_type, uploaded_by_id, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (project_id, owner_id, folder, name) DO UPDATE SET blob_id = excluded.blob_id,
    size_bytes = excluded.size_bytes, media_type = excluded.media_type, uploaded_by_id = excluded.uploaded_by_id,
    created_at = excluded.created_at
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a file that has arrived meets; of the file that it replaces, the blob and size are None when there is none.

    Attributes:
        is_writing: its own blob was not given up meanwhile.
        same_blob_id: a stored blob with the same content.
        is_folder: its path is a folder's.
        has_parent: the folder that it is to lie in has files already.
    """

    experiment_id: int
    experiment_number: int
    earlier_id: int | None
    earlier_blob_id: uuid.UUID | None
    earlier_bytes: int | None
    is_writing: bool
    same_blob_id: uuid.UUID | None
    is_folder: bool
    has_parent: bool


def lock_project(access: Access) -> None:
    """Let no other transaction change files of the project until this one ends: its first statement.

    On PostgreSQL an advisory lock, which is handed on faster than that of a row; SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        _execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_SPACE | access.project.id])


def insert_blob(access: Access, run: RunRef, blob: Blob) -> bool:
    """Store a blob that is about to be written for an active run; whether there is such a run.

    Sets where its bytes are to lie: the team's own place, if it has one.
    """
    values = [_uuid(blob.pk), blob.size_bytes, _time(blob.created_at), _time(blob.expires_at), access.team.id]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_BLOB, [*values, _uuid(run.id), access.project.id, run.experiment_number])
        row = cursor.fetchone()
    if row is None:
        return False
    blob.storage_id = row[0]
    return True


def situation(access: Access, run: RunRef, path: str, blob_id: uuid.UUID, sha256: str) -> Situation | None:
    """What a file meets that is to become visible at `path`; None if the run is not there or not active."""
    folder, name = parent_and_name(path)
    with connection.cursor() as cursor:
        cursor.execute(
            _SITUATION,
            [folder, name, _uuid(blob_id), sha256, folder, name, *parent_and_name(folder), _uuid(run.id),
             access.project.id, run.experiment_number],
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:
        return None
    experiment_id, number, file_id, file_blob_id, file_bytes, is_writing, same_id, is_folder, has_parent = row
    return Situation(
        experiment_id, number, file_id, _read_uuid(file_blob_id), file_bytes, bool(is_writing), _read_uuid(same_id),
        bool(is_folder), bool(has_parent),
    )  # fmt: skip


def keep_blob(access: Access, blob_id: uuid.UUID, sha256: str, size_bytes: int) -> bool:
    """Mark a blob that was written as stored; whether it was not given up at this very moment."""
    return bool(_execute(_KEEP_BLOB, [sha256, size_bytes, _uuid(blob_id), access.project.id]))


def put_file(file: Artifact) -> None:
    """Store a file, in place of one at its path; sets its key."""
    values = [
        file.project_id, file.experiment_id, file.owner_kind, _uuid(file.owner_id), file.folder, file.name,
        _uuid(file.blob_id), file.size_bytes, file.media_type, file.uploaded_by_id, _time(file.created_at),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PUT_FILE, values)
        file.pk = cursor.fetchone()[0]


def _execute(sql: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _uuid(value: uuid.UUID) -> uuid.UUID | str:
    """As Django stores a UUIDField on the database at hand."""
    return value if connection.features.has_native_uuid_field else value.hex


def _read_uuid(value: uuid.UUID | str | None) -> uuid.UUID | None:
    return uuid.UUID(hex=value) if isinstance(value, str) else value


def _time(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
