"""Bytes that go between a client and the store directly, by addresses that work for a short while."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from apps.artifacts.media_types import content_type_of
from apps.artifacts.models import Blob, BlobState, Upload, UploadKind
from apps.artifacts.owners import OwnerRef, find_owner
from apps.artifacts.paths import clean_path
from apps.artifacts.placement import store_of
from apps.artifacts.queries import find_artifact
from apps.artifacts.services import blobs
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import Progress, content_of
from apps.artifacts.services.commit import commit
from apps.artifacts.services.uploads import insert_upload, owner_of
from apps.artifacts.stores import Home, ObjectMissing, artifact_store
from apps.artifacts.stores.port import not_direct
from apps.common.clock import now
from apps.common.errors import Conflict, InvalidInput, NotFound, PayloadTooLarge
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

logger = logging.getLogger(__name__)

# Longer than any address lives: what arrives by one that was used again is swept after this.
_MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Download:
    """Where to fetch a file, and its size in bytes.

    Attributes:
        url: None of a file that is kept in its row: it comes from this server alone.
        size_bytes: of the file.
    """

    url: str | None
    size_bytes: int


def presign_download(access: Access, *, owner: OwnerRef, path: str, seconds: int | None = None) -> Download:
    """An address at which anybody can fetch a file, for `seconds` at most (never longer than PRESIGNED_SECONDS).

    Raises:
        NotFound: there is no such run or file.
        InvalidInput: the path, or it is a folder's.
        NotImplementedYet: clients cannot reach the store.
    """
    access.require(Permission.PROJECT_READ)
    if not artifact_store().is_direct:
        raise not_direct("Presigned download")
    file = find_artifact(access, owner, path)
    if file.blob.content is not None:
        return Download(None, file.size_bytes)
    store = store_of(file.blob)
    key = Home.of(access).blob_key(file.blob_id)
    url = store.presign_get(
        key, seconds=_bounded(seconds), file_name=file.name, media_type=content_type_of(file.media_type)
    )
    return Download(url, file.size_bytes)


def presign_upload(access: Access, *, owner: OwnerRef, path: str, seconds: int | None = None) -> str:
    """An address at which a file of an active run or model can be stored, for `seconds` at most.

    Where clients reach the installation's store, as they are told what to expect of it before they say who they are.
    Nobody says when the file has arrived, so that it is looked for whenever the run's files are read (`settle_uploads`).

    Raises:
        NotFound: the project has no such run or model.
        InvalidInput: the path.
        Conflict: it is deleted.
        NotImplementedYet: clients cannot reach the store.
    """
    access.require(Permission.RUN_LOG)
    path = clean_path(path)
    if not artifact_store().is_direct:
        raise not_direct("Presigned upload")
    with bound(access):
        found = find_owner(access, owner, is_written=True)
        blob = blobs.reserve(access, owner, 0)
        insert_upload(access, found, UploadKind.PRESIGNED, path, blob)
    return store_of(blob).presign_put(Home.of(access).blob_key(blob.pk), seconds=_bounded(seconds))


def settle_uploads(access: Access, owner: OwnerRef, *, on_progress: Progress | None = None) -> None:
    """Make files visible that have arrived by presigned addresses since the run was last looked at.

    The address may be used again while it lives, so what becomes the file is a copy that it does not reach.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    if not artifact_store().is_direct:
        return
    with bound(access, readonly=True):
        uploads = Upload.objects.in_project(access).filter(owner_id=owner.id, kind=UploadKind.PRESIGNED)
        uploads = uploads.filter(blob__state=BlobState.WRITING).select_related("blob__storage")
        waiting = list(uploads.order_by("created_at"))
    for upload in waiting:
        size_bytes = store_of(upload.blob).head(Home.of(access).blob_key(upload.blob_id))
        if size_bytes is not None:
            _settle(access, upload, size_bytes, on_progress)


def _settle(access: Access, upload: Upload, size_bytes: int, on_progress: Progress | None) -> None:
    home = Home.of(access)
    try:
        with bound(access):
            copy = blobs.reserve(access, owner_of(upload), size_bytes)
        with blobs.given_up_on_failure(home, copy):
            blobs.copy_bytes(home, upload.blob, home, copy)
            arrived = content_of(home, copy, on_progress=on_progress)
            commit(access, Arrival(owner_of(upload), upload.path, copy.pk, arrived, upload.created_by_id))
    except (Conflict, InvalidInput, NotFound, ObjectMissing, PayloadTooLarge) as exc:
        logger.warning("Upload %s by a presigned address came to nothing: %s", upload.pk, exc)
    with bound(access):
        Upload.objects.in_project(access).filter(pk=upload.pk).delete()
        # What the address still reaches is removed when it cannot be reached any more.
        left = Blob.objects.in_project(access).filter(pk=upload.blob_id, state=BlobState.WRITING)
        left.update(state=BlobState.DOOMED, expires_at=now() + _MARGIN)


def _bounded(seconds: int | None) -> int:
    longest: int = settings.PRESIGNED_SECONDS
    if seconds is None:
        return longest
    if seconds < 1:
        raise InvalidInput("invalid_expiration", "An address lives for one second at least.", field="expiration")
    return min(seconds, longest)
