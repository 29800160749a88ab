"""Small files: read, then stored with their bytes in one transaction, which those that come at the same moment share."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import Error, connection

from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import statements, usage
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import Measured
from apps.artifacts.services.commit import Renew, commit, commit_all, new_file, with_current_rights
from apps.common.clock import now
from apps.common.errors import DomainError, PayloadTooLarge, StorageUnavailable
from apps.common.group_commit import BatchError, GroupCommit
from apps.common.ids import uuid7
from apps.common.monitoring.counters import UPLOADED, count
from apps.teams.access import Access

# With the deepest paths their folders stay below the number of values that SQLite takes in a statement.
MAX_TOGETHER = 32


def store_small(access: Access, owner: OwnerRef, path: str, measured: Measured, renew: Renew) -> Artifact:
    """Store a file whose bytes fit in memory and in a row; arguments and errors as of `store_artifact`."""
    arrival = small_arrival(access, owner, path, measured)
    return with_current_rights(access, renew, lambda current: _commit(current, arrival))


def small_arrival(access: Access, owner: OwnerRef, path: str, measured: Measured) -> Arrival:
    """A file whose bytes are few, read; errors as of `measured`."""
    inline = b"".join(measured)
    return Arrival(owner, path, uuid7(), measured.content, access.actor.user_id, inline=inline)


def store_together(access: Access, arrivals: Sequence[Arrival], renew: Renew) -> list[Artifact | DomainError]:
    """Store up to MAX_TOGETHER small files in one transaction; for each the file, or why it is refused.

    Raises:
        NotFound: the caller lost the right to see the project.
        PermissionDenied: or to log to it.
        StorageUnavailable: whether they are stored is not known.
    """
    try:
        return with_current_rights(access, renew, lambda current: _write([(current, each) for each in arrivals]))
    except PayloadTooLarge:
        return [_alone(access, arrival, renew) for arrival in arrivals]
    except Error as failed:
        raise _not_stored() from failed


def _alone(access: Access, arrival: Arrival, renew: Renew) -> Artifact | DomainError:
    try:
        return with_current_rights(access, renew, lambda current: commit(current, arrival))
    except DomainError as refusal:
        return refusal


def _not_stored() -> StorageUnavailable:
    return StorageUnavailable("artifact_not_stored", "The file was not acknowledged: send it again.")


def _commit(access: Access, arrival: Arrival) -> Artifact:
    if connection.in_atomic_block:
        return commit(access, arrival)
    try:
        outcome = _commits.submit(
            (access.project.id, access.team.id, access.team.epoch, arrival.owner.kind), (access, arrival)
        )
    except BatchError as failed:
        if isinstance(failed.__cause__, Error):
            raise _not_stored() from failed.__cause__
        # Refused as a whole: by itself it is told why, or passes.
        return commit(access, arrival)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _write(batch: list[tuple[Access, Arrival]]) -> list[Artifact | DomainError]:
    """In the name of the first: all of them may log to the project at the same epoch of its team."""
    access, arrivals = batch[0][0], [arrival for _, arrival in batch]
    stored = _put_inline(access, arrivals)
    left = [arrival for place, arrival in enumerate(arrivals) if place not in stored]
    others = iter(commit_all(access, left) if left else [])
    return [stored[place] if place in stored else next(others) for place in range(len(arrivals))]


def _put_inline(access: Access, arrivals: list[Arrival]) -> dict[int, Artifact]:
    """Those of the files, by their places, that need not be looked at any further."""
    if connection.vendor != "postgresql" or usage.is_limited() or connection.in_atomic_block:
        return {}
    if arrivals[0].owner.kind is not OwnerKind.RUN:
        return {}
    files, created_at = {}, now()
    for place, (key, experiment_id, blob_id) in statements.put_inline(access, arrivals, created_at).items():
        files[place] = file = new_file(access, arrivals[place], experiment_id, blob_id)
        file.pk, file.created_at = key, created_at
        count(UPLOADED, file.size_bytes)
    return files


# The only state: which files wait to be written at this moment.
_commits: GroupCommit[tuple[Access, Arrival], Artifact | DomainError] = GroupCommit(_write, max_entries=MAX_TOGETHER)
