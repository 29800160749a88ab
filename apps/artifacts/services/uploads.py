"""Files that arrive in parts: each part may be sent again, and in any order; the file is there when all are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from apps.artifacts.models import Artifact, Blob, BlobState, OwnerKind, Upload, UploadKind
from apps.artifacts.owners import Owner, OwnerRef, find_owner
from apps.artifacts.paths import clean_path
from apps.artifacts.placement import store_of
from apps.artifacts.refusals import upload_not_found
from apps.artifacts.services import blobs, usage
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import UPLOAD_LIFE, Measured, Progress, check_content, content_of
from apps.artifacts.services.commit import Renew, commit, with_current_rights
from apps.artifacts.services.removal import give_back, remove_unfinished
from apps.artifacts.stores import Home, ObjectMissing, Part
from apps.common.clock import now
from apps.common.errors import Conflict, InvalidInput, PayloadTooLarge
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_PARTS = 10_000


def begin_upload(
    access: Access, *, owner: OwnerRef, path: str, size_bytes: int | None = None, sha256: str = ""
) -> Upload:
    """Begin a file of an active run or model that arrives in parts. It is given up a day after its last sign of life.

    Args:
        access: needs RUN_LOG.
        owner: the run or model.
        path: below the root of its owner.
        size_bytes: of the whole file, to be held against what arrives; refused at once when there is no room for it.
        sha256: likewise, in hex.

    Raises:
        NotFound: the project has no such run or model.
        InvalidInput: the path.
        Conflict: it is deleted.
        PayloadTooLarge: the project or team may not keep so much.
        StorageUnavailable: the store does not answer.
    """
    access.require(Permission.RUN_LOG)
    path = clean_path(path)
    with bound(access):
        found = find_owner(access, owner, is_written=True)
        blob = blobs.reserve(access, owner, 0)
        if size_bytes:
            usage.check_room(access, size_bytes, unreserved=size_bytes)
    home = Home.of(access)
    with blobs.given_up_on_failure(home, blob):
        multipart_id = store_of(blob).begin_multipart(home.blob_key(blob.pk))
        with bound(access):
            return insert_upload(
                access,
                found,
                UploadKind.PARTS,
                path,
                blob,
                multipart_id=multipart_id,
                size_bytes=size_bytes,
                sha256=sha256.lower() or None,
            )


def insert_upload(access: Access, owner: Owner, kind: UploadKind, path: str, blob: Blob, **columns: Any) -> Upload:
    """The row of an upload that begins, with what else is known of it; inside a bound transaction."""
    upload = Upload(
        project_id=access.project.id,
        **owner.columns,
        kind=kind,
        path=path,
        blob=blob,
        **columns,
        created_by_id=access.actor.user_id,
    )
    upload.save(force_insert=True)
    return upload


def owner_of(upload: Upload) -> OwnerRef:
    """What the file of an upload is to belong to."""
    return OwnerRef(upload.owner_id, kind=OwnerKind(upload.owner_kind))


def put_part(
    access: Access,
    *,
    upload_id: uuid.UUID,
    number: int,
    chunks: Iterable[bytes],
    length: int,
    owner: OwnerRef | None = None,
    sha256: str = "",
) -> Part:
    """Store a part, in place of one of that number. Room for it is taken before its first byte is read.

    Args:
        access: needs RUN_LOG.
        upload_id: of `begin_upload`.
        number: from 1 to 10,000.
        chunks: its bytes.
        length: how many they are; some stores ask for 5 MiB at least of all parts but the last.
        owner: what the caller says that the upload is for, to be compared.
        sha256: of the part, in hex, to be compared; empty to take what comes.

    Raises:
        NotFound: there is no such upload.
        InvalidInput: the number; or the bytes are fewer or more than `length`, or have another SHA-256.
        PayloadTooLarge: the project or team may not keep so much.
        StorageUnavailable: the store does not answer.
    """
    access.require(Permission.RUN_LOG)
    check_part_number(number)
    home = Home.of(access)
    with bound(access):
        upload = find_upload(access, upload_id, owner=owner)
        blob = upload.blob
        row = Blob.objects.in_project(access).filter(pk=blob.pk)
        row.update(size_bytes=F("size_bytes") + length, expires_at=now() + UPLOAD_LIFE)
        usage.check_room(access, length)
    try:
        measured = Measured(chunks, length, sha256=sha256)
        return store_of(blob).put_part(home.blob_key(blob.pk), upload.multipart_id, number, measured, length=length)
    except BaseException as exc:
        give_back(home, blob.pk, length)
        if isinstance(exc, ObjectMissing):
            raise upload_not_found() from None
        raise


def part_addresses(access: Access, upload: Upload, parts: Sequence[tuple[int, int | None]]) -> list[str]:
    """Addresses at which anybody can store parts of an upload, for a short while.

    Args:
        access: needs RUN_LOG.
        upload: of `begin_upload` or `find_upload`.
        parts: number and size in bytes of each; the store takes a part of that size alone, or of any if it is None.

    Raises:
        InvalidInput: a number.
        NotImplementedYet: clients cannot reach the store.
    """
    access.require(Permission.RUN_LOG)
    store, key = store_of(upload.blob), Home.of(access).blob_key(upload.blob_id)
    seconds = settings.PRESIGNED_SECONDS
    for number, _ in parts:
        check_part_number(number)
    return [
        store.presign_part(key, upload.multipart_id, number, seconds=seconds, length=length) for number, length in parts
    ]


def is_direct(upload: Upload) -> bool:
    """Whether clients can reach the store of an upload: `part_addresses` has some then."""
    return store_of(upload.blob).is_direct


def uploaded_parts(access: Access, upload: Upload) -> list[Part]:
    """The parts of an upload that have arrived whole, by number.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    access.require(Permission.RUN_LOG)
    return store_of(upload.blob).parts(Home.of(access).blob_key(upload.blob_id), upload.multipart_id)


def unfinished_uploads(access: Access, owner: OwnerRef) -> QuerySet[Upload]:
    """The uploads in parts of a run that are going on, with their blobs; inside a bound transaction.

    Raises:
        NotFound: the project has no such run or model.
    """
    access.require(Permission.RUN_LOG)
    find_owner(access, owner)
    uploads = Upload.objects.in_project(access).select_related("blob__storage")
    return uploads.filter(owner_id=owner.id, kind=UploadKind.PARTS, blob__state=BlobState.WRITING).order_by("pk")


def complete_upload(
    access: Access,
    *,
    upload_id: uuid.UUID,
    parts: Sequence[tuple[int, str]] | None = None,
    renew: Renew,
    owner: OwnerRef | None = None,
    path: str | None = None,
    sha256: str = "",
    on_progress: Progress | None = None,
) -> Artifact:
    """Make the file of its parts, check it, and make it visible in place of one that was there.

    Args:
        access: needs RUN_LOG.
        upload_id: of `begin_upload`.
        parts: (number, etag) of every part, in order; None for all that have arrived.
        renew: resolves the caller's rights afresh, should they change meanwhile.
        owner: what the caller says that the upload is for, to be compared.
        path: likewise.
        sha256: of the whole file, in hex, to be compared; empty to take what came.
        on_progress: told how many bytes have been checked so far.

    Raises:
        NotFound: there is no such upload, or it is for another file.
        InvalidInput: a part is not there as named; or size or SHA-256 are others: then the upload is given up.
        Conflict: it is deleted, or the path is a folder or lies in a file: then the upload is given up.
        PayloadTooLarge: the project or team may not keep so much: then the upload is given up.
        StorageUnavailable: the store does not answer; to be completed again.
    """
    access.require(Permission.RUN_LOG)
    with bound(access, readonly=True):
        upload = find_upload(access, upload_id, owner=owner, path=path)
    home = Home.of(access)
    _assemble(home, upload, parts)
    content = content_of(home, upload.blob, on_progress=on_progress)
    try:
        check_content(content, sha256=sha256)
        check_content(content, sha256=upload.sha256 or "", size_bytes=upload.size_bytes)
        arrival = Arrival(owner_of(upload), upload.path, upload.blob_id, content, upload.created_by_id, upload.pk)
        return with_current_rights(access, renew, lambda current: commit(current, arrival))
    except (InvalidInput, Conflict, PayloadTooLarge):
        remove_unfinished(home, [upload.blob])
        raise


def _assemble(home: Home, upload: Upload, parts: Sequence[tuple[int, str]] | None) -> None:
    """Have the store make an object of the parts, unless an earlier attempt did, which got no further."""
    store, key = store_of(upload.blob), home.blob_key(upload.blob_id)
    if parts is None:
        parts = [(part.number, part.etag) for part in store.parts(key, upload.multipart_id)]
        if not parts and store.head(key) is not None:
            return
    try:
        store.complete_multipart(key, upload.multipart_id, parts)
    except ObjectMissing:
        if store.head(key) is None:
            raise upload_not_found() from None


def abort_upload(
    access: Access, *, upload_id: uuid.UUID, owner: OwnerRef | None = None, path: str | None = None
) -> None:
    """Give up an upload, with all its parts; arguments as of `complete_upload`.

    Raises:
        NotFound: there is no such upload, or it is for another file.
        StorageUnavailable: the store does not answer; the sweeper removes the parts.
    """
    access.require(Permission.RUN_LOG)
    with bound(access):
        upload = find_upload(access, upload_id, owner=owner, path=path)
    remove_unfinished(Home.of(access), [upload.blob])


def open_upload(access: Access, *, upload_id: uuid.UUID, owner: OwnerRef) -> Upload:
    """An upload in parts of a run that is going on, with its blob.

    Raises:
        NotFound: there is none.
    """
    access.require(Permission.RUN_LOG)
    with bound(access, readonly=True):
        return find_upload(access, upload_id, owner=owner)


def find_upload(
    access: Access, upload_id: uuid.UUID, *, owner: OwnerRef | None = None, path: str | None = None
) -> Upload:
    """An upload in parts that is going on, with its blob; inside a bound transaction.

    Raises:
        NotFound: there is none, or it is for another file.
    """
    uploads = Upload.objects.in_project(access).select_related("blob__storage")
    rows = uploads.filter(pk=upload_id, kind=UploadKind.PARTS, blob__state=BlobState.WRITING)
    if owner is not None:
        rows = rows.filter(owner_id=owner.id, **owner.where())
    if path is not None:
        rows = rows.filter(path=clean_path(path))
    found = rows.first()
    if found is None:
        raise upload_not_found()
    return found


def check_part_number(number: int) -> None:
    """Refuse what is no number of a part.

    Raises:
        InvalidInput: it is not from 1 to 10,000.
    """
    if not 1 <= number <= MAX_PARTS:
        raise InvalidInput("invalid_part_number", f"Parts are numbered from 1 to {MAX_PARTS}.", field="part_number")
