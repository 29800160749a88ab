"""The SQL of an upload, written out: each statement here is one that every file costs, and compiling it cost ten times its run.

All of them name the project beside the key, on top of row-level security. Only names from this code base stand in their
text; every value is a parameter.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.artifacts.media_types import media_type_of
from apps.artifacts.models import Artifact, Blob, BlobState, OwnerKind, Preview
from apps.artifacts.owners import OwnerRef
from apps.artifacts.paths import parent_and_name
from apps.artifacts.services.arrivals import Arrival
from apps.common.clock import now
from apps.projects.rls import SETTING
from apps.teams.access import Access

_LOCK_SPACE = 0x524641 << 40
_INSERT_BLOB = """
INSERT INTO artifacts_blob (id, project_id, state, sha256, size_bytes, created_at, expires_at, storage_id)
SELECT %s, r.project_id, 'writing', '', %s, %s, %s,
    (SELECT s.id FROM artifacts_teamstorage s WHERE s.team_id = %s AND s.is_current)
FROM {owners} r JOIN experiments_experiment e ON e.id = r.experiment_id
WHERE r.id = %s AND r.project_id = %s AND r.lifecycle = 'active' AND e.number = COALESCE(%s, e.number)
RETURNING storage_id
"""
# Subqueries, since the time of planning joins grows with their number faster than that of running them.
_SITUATIONS = """
WITH arriving (place, owner_id, number, folder, name, blob_id, sha256, above, above_name) AS (VALUES {places})
SELECT arriving.place, r.experiment_id, e.number, file.id, file.blob_id, file.size_bytes,
    EXISTS (SELECT 1 FROM artifacts_blob own
        WHERE own.id = arriving.blob_id AND own.project_id = r.project_id AND own.state = 'writing'),
    (SELECT same.id FROM artifacts_blob same
        WHERE same.project_id = r.project_id AND same.sha256 = arriving.sha256 AND same.state = 'stored'),
    EXISTS (SELECT 1 FROM artifacts_folder folder WHERE folder.project_id = r.project_id AND folder.owner_id = r.id
        AND folder.parent = arriving.folder AND folder.name = arriving.name),
    EXISTS (SELECT 1 FROM artifacts_folder parent WHERE parent.project_id = r.project_id AND parent.owner_id = r.id
        AND parent.parent = arriving.above AND parent.name = arriving.above_name),
    EXISTS (SELECT 1 FROM artifacts_blob damaged WHERE damaged.project_id = r.project_id
        AND damaged.sha256 = arriving.sha256 AND damaged.state = 'damaged')
FROM arriving
JOIN {owners} r ON r.id = arriving.owner_id AND r.project_id = %s AND r.lifecycle = 'active'
JOIN experiments_experiment e ON e.id = r.experiment_id AND e.number = COALESCE(arriving.number, e.number)
LEFT JOIN artifacts_artifact file ON file.project_id = r.project_id AND file.owner_id = r.id
    AND file.folder = arriving.folder AND file.name = arriving.name
"""
# Where those of a kind stand that files are written to.
_OWNERS = {OwnerKind.RUN: "runs_run", OwnerKind.MODEL: "logged_models_loggedmodel"}
_PLACE = "(%s, %s, {number}, %s, %s, %s, %s, %s, %s)"
_KEEP_BLOB = (
    "UPDATE artifacts_blob SET state = 'stored', sha256 = %s, size_bytes = %s, expires_at = NULL "
    "WHERE id = %s AND project_id = %s AND state = 'writing'"
)
_INSERT_INLINE = """
INSERT INTO artifacts_blob (id, project_id, state, sha256, size_bytes, content, created_at) VALUES {places}
"""
_FORGET_INLINE = "DELETE FROM artifacts_blob WHERE project_id = %s AND content IS NOT NULL AND id IN ({places})"
_BIND_AND_LOCK = f"SELECT set_config('{SETTING}', %s, true); SELECT pg_advisory_xact_lock(%s); "
_PUT_INLINE = "SELECT {place}, * FROM artifacts_put_inline(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_PUT_FILES = """
INSERT INTO artifacts_artifact (project_id, experiment_id, owner_kind, owner_id, folder, name, blob_id, size_bytes,
    media_type, uploaded_by_id, created_at)
VALUES {places}
ON CONFLICT (project_id, owner_id, folder, name) DO UPDATE SET blob_id = excluded.blob_id,
    size_bytes = excluded.size_bytes, media_type = excluded.media_type, uploaded_by_id = excluded.uploaded_by_id,
    created_at = excluded.created_at
RETURNING id, owner_id, folder, name
"""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a file that has arrived meets; of the file that it replaces, the blob and size are None when there is none.

    Attributes:
        is_writing: its own blob was not given up meanwhile.
        same_blob_id: a stored blob with the same content.
        is_folder: its path is a folder's.
        has_parent: the folder that it is to lie in has files already.
        is_healing: other files have the same content, and damaged bytes of it.
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
    is_healing: bool


def lock_project(access: Access) -> None:
    """Let no other transaction change files of the project until this one ends: its first statement.

    On PostgreSQL an advisory lock, which is handed on faster than that of a row; SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        _execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_SPACE | access.project.id])


def insert_blob(access: Access, owner: OwnerRef, blob: Blob) -> bool:
    """Store a blob that is about to be written for an active run or model; whether there is such a one.

    Sets where its bytes are to lie: the team's own place, if it has one.
    """
    if owner.kind not in _OWNERS:
        return False
    values = [_uuid(blob.pk), blob.size_bytes, _time(blob.created_at), _time(blob.expires_at), access.team.id]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_BLOB.format(owners=_OWNERS[owner.kind]),
            [*values, _uuid(owner.id), access.project.id, owner.experiment_number],
        )
        row = cursor.fetchone()
    if row is None:
        return False
    blob.storage_id = row[0]
    return True


def situations(access: Access, arriving: Sequence[Arrival]) -> list[Situation | None]:
    """What files of owners of one kind meet that are to become visible, in the same order.

    None where the owner is not there or not active, or is none that files are written to.
    """
    if arriving[0].owner.kind not in _OWNERS:
        return [None] * len(arriving)
    values: list[Any] = []
    for place, file in enumerate(arriving):
        folder, name = parent_and_name(file.path)
        values += [place, _uuid(file.owner.id), file.owner.experiment_number, folder, name, _uuid(file.blob_id)]
        values += [file.content.sha256, *parent_and_name(folder)]
    # PostgreSQL takes a column of NULLs for text.
    number = "CAST(%s AS bigint)" if connection.vendor == "postgresql" else "%s"
    places = ", ".join([_PLACE.format(number=number)] * len(arriving))
    with connection.cursor() as cursor:
        owners = _OWNERS[arriving[0].owner.kind]
        cursor.execute(_SITUATIONS.format(places=places, owners=owners), [*values, access.project.id])
        found = {row[0]: _situation(row) for row in cursor.fetchall()}
    return [found.get(place) for place in range(len(arriving))]


def insert_inline(access: Access, arriving: Sequence[Arrival]) -> None:
    """Store the blobs of files whose bytes are kept in their rows."""
    values: list[Any] = []
    for file in arriving:
        values += [_uuid(file.blob_id), access.project.id, BlobState.STORED.value, file.content.sha256]
        values += [file.content.size_bytes, file.inline, _time(now())]
    _execute(_INSERT_INLINE.format(places=_places(len(arriving), 7)), values)


def put_inline(
    access: Access, arriving: Sequence[Arrival], created_at: datetime
) -> dict[int, tuple[int, int, uuid.UUID]]:
    """Store files whose bytes are kept in their rows where that is simple: new names, in folders that are there.

    On PostgreSQL, without limits to storage; one transaction in one round trip. See artifacts_put_inline, in migration
    0010.

    Returns:
        By the place of a file that was stored: its key, the key of its experiment, and its blob. Of all others nothing
        is stored, whatever the reason.
    """
    calls: list[str] = []
    values: list[Any] = [str(access.project.id), _LOCK_SPACE | access.project.id]
    for place, file in enumerate(arriving):
        folder, name = parent_and_name(file.path)
        calls.append(_PUT_INLINE.format(place=place))
        values += [access.project.id, access.team.id, access.team.epoch, file.owner.id, file.owner.experiment_number]
        values += [folder, name, file.blob_id, file.content.sha256, file.inline, media_type_of(name, file.content.head)]
        values += [file.uploaded_by_id, created_at]
    with connection.cursor() as cursor:
        cursor.execute(_BIND_AND_LOCK + " UNION ALL ".join(calls), values)
        return {
            place: (file_id, experiment_id, blob_id) for place, file_id, experiment_id, blob_id in cursor.fetchall()
        }


def forget_inline(access: Access, blob_ids: Sequence[uuid.UUID]) -> None:
    """Remove blobs whose bytes are kept in their rows, and what was made of them; others stay."""
    if not blob_ids:
        return
    # Locked first, so that no preview is made of one meanwhile.
    inline = Blob.objects.in_project(access).filter(pk__in=blob_ids, content__isnull=False).order_by("pk")
    found = list(inline.select_for_update().values_list("pk", flat=True))
    Preview.objects.in_project(access).filter(blob__in=found).delete()
    places = ", ".join(["%s"] * len(blob_ids))
    _execute(_FORGET_INLINE.format(places=places), [access.project.id, *map(_uuid, blob_ids)])


def keep_blob(access: Access, blob_id: uuid.UUID, sha256: str, size_bytes: int) -> bool:
    """Mark a blob that was written as stored; whether it was not given up at this very moment."""
    return bool(_execute(_KEEP_BLOB, [sha256, size_bytes, _uuid(blob_id), access.project.id]))


def put_files(files: Sequence[Artifact]) -> None:
    """Store files of different paths, in place of those at their paths; sets their keys."""
    values: list[Any] = []
    for file in files:
        values += [
            file.project_id, file.experiment_id, file.owner_kind, _uuid(file.owner_id), file.folder, file.name,
            _uuid(file.blob_id), file.size_bytes, file.media_type, file.uploaded_by_id, _time(file.created_at),
        ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PUT_FILES.format(places=_places(len(files), 11)), values)
        keys = {(_read_uuid(owner), folder, name): key for key, owner, folder, name in cursor.fetchall()}
    for file in files:
        file.pk = keys[file.owner_id, file.folder, file.name]


def _situation(row: tuple[Any, ...]) -> Situation:
    _, experiment_id, number, file_id, file_blob_id, file_bytes, is_writing, same_id, *others = row
    return Situation(
        experiment_id, number, file_id, _read_uuid(file_blob_id), file_bytes, bool(is_writing), _read_uuid(same_id),
        *map(bool, others),
    )  # fmt: skip


def _places(rows: int, columns: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


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
