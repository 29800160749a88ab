"""Points come in: one statement a request, or one for all requests of a moment, committed before the answer.

Raw SQL, as this is the hottest path: the INSERT selects from the active run of the caller's project and from the
caller's team at the access epoch, so that it checks what it needs to check by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper

from apps.common.errors import InvalidInput, StorageUnavailable
from apps.common.group_commit import BatchError, GroupCommit
from apps.common.monitoring.counters import POINTS, count
from apps.experiments.models import Lifecycle
from apps.projects.tenancy import bound
from apps.runs.metrics.codec import MAX_POINTS, encode_block, encode_columns
from apps.runs.metrics.notify import notify_dirty
from apps.runs.metrics.points import Points, Series
from apps.runs.models import Run
from apps.runs.refusals import run_not_active, run_not_found
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_KEY_LENGTH = 250
_MAX_BATCH = 128
_ATTEMPTS = 2

_INSERT = """
INSERT INTO runs_metricblock (project_id, experiment_id, run_id, point_count, payload, is_folded)
SELECT run.project_id, run.experiment_id, run.id, %s, %s, false
FROM runs_run run
WHERE run.id = %s AND run.project_id = %s AND run.lifecycle = 'active'
AND EXISTS (SELECT 1 FROM teams_team WHERE id = %s AND access_epoch = %s)
"""
# The same for many, in a function that keeps its plan: planning took twice as long as executing (257 us in all, 144 so).
_LOG_BLOCKS = "SELECT runs_log_blocks(%s, %s, %s, %s::uuid[], %s::int[], %s::bytea[])"


class _Block(NamedTuple):
    """An encoded block, for whom, and where it goes."""

    project_id: int
    team_id: int
    epoch: int
    run_id: uuid.UUID
    point_count: int
    payload: bytes


def log_points(access: Access, *, run_id: uuid.UUID, points: Points) -> None:
    """Store points of an active run; they are durable and visible to every read when this returns.

    Points may come in any order and more than once: an exact duplicate is the same point. Inside a transaction the
    points become visible with it, and are lost with it.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        points: any number; what exceeds a block makes further blocks, not in one transaction.

    Raises:
        NotFound: `run_not_found`.
        Conflict: `run_not_active`.
        InvalidInput: a key is too long or has a NUL.
        StaleAccess: rights in the team changed after the Access was made.
        StorageUnavailable: the database did not acknowledge; sending the points again is safe.
    """
    access.require(Permission.RUN_LOG)
    check_keys([series.key for series in points.series])
    for start in range(0, len(points), MAX_POINTS):
        part = points.take(slice(start, start + MAX_POINTS))
        _store(access, run_id, len(part), encode_block(part))


def log_metrics(
    access: Access,
    *,
    run_id: uuid.UUID,
    keys: Sequence[str | Series],
    steps: Sequence[int],
    timestamps_ms: Sequence[int],
    values: Sequence[float],
) -> None:
    """The same for points in plain lists of equal length, at most 65,536: the fast way from a JSON request.

    Raises:
        InvalidInput: also when the lists differ in length, or a number fits no int64 or double.
    """
    access.require(Permission.RUN_LOG)
    if len(keys) > MAX_POINTS:
        raise InvalidInput("too_many_points", f"A request holds at most {MAX_POINTS} points, not {len(keys)}.")
    check_keys([key if isinstance(key, str) else key.key for key in set(keys)])
    if keys:
        _store(access, run_id, len(keys), encode_columns(keys, steps, timestamps_ms, values))


def check_keys(keys: Sequence[str]) -> None:
    """Refuse keys that the database cannot hold; the rules of each protocol stand with the protocol.

    Raises:
        InvalidInput: a key is empty, longer than 250 characters, or has a NUL.
    """
    if keys and (not all(keys) or max(map(len, keys)) > MAX_KEY_LENGTH or "\0" in "".join(keys)):
        message = f"A metric key is 1 to {MAX_KEY_LENGTH} characters long and has no NUL."
        raise InvalidInput("metric_key", message, field="key")


def _store(access: Access, run_id: uuid.UUID, point_count: int, payload: bytes) -> None:
    project_id, team = access.project.id, access.team
    block = _Block(project_id, team.id, team.epoch, run_id, point_count, payload)
    for _ in range(_ATTEMPTS):
        if _insert(access, block):
            transaction.on_commit(partial(_stored, project_id, point_count))
            return
        _refuse(access, run_id)
    raise StorageUnavailable("metrics_not_stored", "The run changed under the request: send the points again.")


def _stored(project_id: int, point_count: int) -> None:
    notify_dirty(project_id)
    count(POINTS, point_count)


def _insert(access: Access, block: _Block) -> bool:
    """Whether the block was stored: if not, the run is not active or the rights have changed."""
    if connection.in_atomic_block:
        with bound(access), connection.cursor() as cursor:
            return _insert_one(cursor, block)
    # SQLite has one writer whatever the project; PostgreSQL binds a transaction to one project, and its blocks must
    # all be accepted or refused for the same epoch, as what RETURNING tells is the run alone.
    key = block[:3] if connection.vendor == "postgresql" else None
    try:
        return _commits.submit(key, block)
    except BatchError as failed:
        if not isinstance(failed.__cause__, Error):
            raise
        message = "The points were not acknowledged: send them again."
        raise StorageUnavailable("metrics_not_stored", message) from failed.__cause__


def _refuse(access: Access, run_id: uuid.UUID) -> None:
    """Say why nothing was stored; returns if by now there is no reason any more."""
    with bound(access, readonly=True):
        lifecycle = Run.objects.in_project(access).filter(pk=run_id).values_list("lifecycle", flat=True).first()
    if lifecycle is None:
        raise run_not_found(run_id)
    if lifecycle != Lifecycle.ACTIVE:
        raise run_not_active(run_id, lifecycle)


def _write(blocks: list[_Block]) -> list[bool]:
    """Write blocks in one transaction; a thread's broken connection is dropped, so that its next request works."""
    try:
        return _write_postgresql(blocks) if connection.vendor == "postgresql" else _write_sqlite(blocks)
    except Error:
        connection.close_if_unusable_or_obsolete()
        raise


def _write_sqlite(blocks: list[_Block]) -> list[bool]:
    with transaction.atomic(), connection.cursor() as cursor:
        return [_insert_one(cursor, block) for block in blocks]


def _write_postgresql(blocks: list[_Block]) -> list[bool]:
    """One statement, which is one transaction: it binds row-level security by itself."""
    first = blocks[0]
    columns = zip(*((block.run_id, block.point_count, block.payload) for block in blocks), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_LOG_BLOCKS, [first.project_id, first.team_id, first.epoch, *map(list, columns)])
        stored = {run_id for (run_id,) in cursor.fetchall()}
    return [block.run_id in stored for block in blocks]


def _insert_one(cursor: CursorWrapper, block: _Block) -> bool:
    run_id = block.run_id if connection.features.has_native_uuid_field else block.run_id.hex
    where = (run_id, block.project_id, block.team_id, block.epoch)
    cursor.execute(_INSERT, [block.point_count, block.payload, *where])
    return bool(cursor.rowcount)


# The only state: who waits to be written at this moment.
_commits: GroupCommit[_Block, bool] = GroupCommit(_write, max_entries=_MAX_BATCH)
