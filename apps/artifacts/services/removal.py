"""The end of bytes that nothing refers to. Done in nobody's name: rights may change meanwhile, the bytes must go."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from apps.artifacts.models import KEPT_STATES, Blob, BlobState
from apps.artifacts.placement import store_of
from apps.artifacts.stores import Home
from apps.common.clock import now
from apps.projects.models import Project
from apps.projects.tenancy import bound_to_projects

_NOT_KEPT = ~Q(state__in=KEPT_STATES)
_PROJECTS_A_STATEMENT = 500


def remove_bytes(home: Home, blobs: Collection[Blob]) -> None:
    """Remove the bytes of doomed blobs, then their rows. What is interrupted is done by the next.

    Raises:
        StorageUnavailable: the store does not answer; the rows stay.
    """
    for blob in blobs:
        store_of(blob).delete(home.blob_key(blob.pk))
    _forget(home, blobs)


def remove_unfinished(home: Home, blobs: Collection[Blob]) -> None:
    """Give up blobs that are being written: room, bytes, rows, and their uploads. Those that are stored stay.

    Raises:
        StorageUnavailable: the store does not answer; the rows stay.
    """
    if not blobs:
        return
    with bound_to_projects([home.project_id]):
        rows = Blob.unscoped.filter(project_id=home.project_id, pk__in=[blob.pk for blob in blobs])
        rows.filter(state=BlobState.WRITING).update(state=BlobState.DOOMED, expires_at=now())
        stored = set(rows.filter(state__in=KEPT_STATES).values_list("pk", flat=True))
    # Also where the sweeper was faster: the bytes may have arrived after it.
    given_up = [blob for blob in blobs if blob.pk not in stored]
    transaction.on_commit(partial(_discard, home, given_up))


def give_back(home: Home, blob_id: uuid.UUID, size_bytes: int) -> None:
    """Give back room that was taken for a part of a blob, and is not needed after all."""
    with bound_to_projects([home.project_id]):
        blobs = Blob.unscoped.filter(project_id=home.project_id, pk=blob_id, state=BlobState.WRITING)
        blobs.update(size_bytes=F("size_bytes") - size_bytes)


def sweep_project(project_id: int, *, limit: int = 1_000) -> int:
    """Remove what uploads left behind that never ended, and doomed bytes that were not removed at once.

    Args:
        project_id: the project's key.
        limit: at most so many blobs.

    Returns:
        How many were removed; as many as `limit` when there may be more.

    Raises:
        StorageUnavailable: the store does not answer; what is left is found again.
    """
    home = Home.of_project(Project.objects.select_related("team").get(pk=project_id))
    with bound_to_projects([project_id], readonly=True):
        rows = Blob.unscoped.filter(_NOT_KEPT, project_id=project_id, expires_at__lt=now()).order_by("expires_at")
        found = list(rows.select_related("storage")[:limit])
    remove_unfinished(home, [blob for blob in found if blob.state == BlobState.WRITING])
    _discard(home, [blob for blob in found if blob.state == BlobState.DOOMED])
    return len(found)


def projects_to_sweep() -> list[int]:
    """Projects in which `sweep_project` has something to do."""
    project_ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    expired = Blob.unscoped.filter(_NOT_KEPT, project_id=OuterRef("pk"), expires_at__lt=now())
    found: list[int] = []
    for start in range(0, len(project_ids), _PROJECTS_A_STATEMENT):
        chunk = project_ids[start : start + _PROJECTS_A_STATEMENT]
        with bound_to_projects(chunk, readonly=True):
            found += Project.objects.filter(Exists(expired), pk__in=chunk).values_list("pk", flat=True)
    return sorted(found)


def _discard(home: Home, blobs: Collection[Blob]) -> None:
    for blob in blobs:
        store_of(blob).discard(home.blob_key(blob.pk))
    _forget(home, blobs)


def _forget(home: Home, blobs: Collection[Blob]) -> None:
    if not blobs:
        return
    blob_ids = [blob.pk for blob in blobs]
    with bound_to_projects([home.project_id]):
        rows = Blob.unscoped.filter(project_id=home.project_id, pk__in=blob_ids, state=BlobState.DOOMED)
        rows.delete()
