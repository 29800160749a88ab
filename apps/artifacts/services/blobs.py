"""The life of bytes: reserved, written, kept once, removed when nothing refers to them."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q

from apps.artifacts.blob_bytes import open_blob
from apps.artifacts.media_types import HEAD_BYTES
from apps.artifacts.models import KEPT_STATES, Artifact, Blob, BlobState
from apps.artifacts.owners import OwnerRef, find_owner
from apps.artifacts.placement import store_of
from apps.artifacts.refusals import incomplete_upload, upload_not_found
from apps.artifacts.services import statements, usage
from apps.artifacts.services.arrivals import Content
from apps.artifacts.services.removal import remove_bytes, remove_unfinished
from apps.artifacts.stores import Home, ObjectMissing
from apps.common.clock import now
from apps.common.errors import InvalidInput, StorageUnavailable
from apps.teams.access import Access

logger = logging.getLogger(__name__)

# After this time without a sign of life what was begun is given up.
UPLOAD_LIFE = timedelta(days=1)
_IDS_A_STATEMENT = 1_000


Progress = Callable[[int], None]


class Measured:
    """Passes chunks on and measures them; ends with an error when they are not what was promised.

    Raises:
        InvalidInput: fewer or more bytes, or another SHA-256; from the iterator, so that a store keeps nothing.
    """

    def __init__(self, chunks: Iterable[bytes], length: int, *, sha256: str = "") -> None:
        self._chunks = chunks
        self._length = length
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        self._size = 0
        self._head = b""

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._size += len(chunk)
            if self._size > self._length:
                break
            self._digest.update(chunk)
            if len(self._head) < HEAD_BYTES:
                self._head += chunk[:HEAD_BYTES]
            yield chunk
        if self._size != self._length:
            raise incomplete_upload(self._size, self._length)
        check_content(self.content, sha256=self._sha256)

    @property
    def content(self) -> Content:
        """What has passed."""
        return Content(self._digest.hexdigest(), self._size, self._head[:HEAD_BYTES])


def check_content(content: Content, *, sha256: str = "", size_bytes: int | None = None) -> None:
    """Hold what has arrived against what was said of it; empty and None say nothing.

    Raises:
        InvalidInput: it is something else.
    """
    if size_bytes is not None and size_bytes != content.size_bytes:
        raise incomplete_upload(content.size_bytes, size_bytes)
    if sha256 and sha256.lower() != content.sha256:
        raise InvalidInput("wrong_sha256", f"What arrived has the SHA-256 {content.sha256}.", field="sha256")


def content_of(home: Home, blob: Blob, *, on_progress: Progress | None = None) -> Content:
    """What there is of a blob, read from its first byte to its last; `on_progress` is told how many bytes so far."""
    digest, size, head = hashlib.sha256(), 0, b""
    chunks = open_blob(home, blob)
    try:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if len(head) < HEAD_BYTES:
                head += chunk[:HEAD_BYTES]
            if on_progress is not None:
                on_progress(size)
    finally:
        chunks.close()
    return Content(digest.hexdigest(), size, head[:HEAD_BYTES])


def copy_bytes(source_home: Home, source: Blob, home: Home, target: Blob) -> None:
    """Store a copy of a blob's bytes as those of another, wherever either lies.

    Raises:
        ObjectMissing: there are none.
        StorageUnavailable: a store does not answer.
    """
    source_store, target_store = store_of(source), store_of(target)
    if source_store is target_store:
        source_store.copy(source_home.blob_key(source.pk), home.blob_key(target.pk))
        return
    chunks = source_store.get(source_home.blob_key(source.pk))
    try:
        target_store.put(home.blob_key(target.pk), chunks, length=target.size_bytes)
    finally:
        chunks.close()


def reserve(access: Access, owner: OwnerRef, size_bytes: int) -> Blob:
    """A blob that is about to be written for an active run, with room for it; inside a bound transaction.

    Raises:
        NotFound: the project has no such run or model.
        Conflict: it is deleted.
        PayloadTooLarge: there is no room.
    """
    blob = Blob(project_id=access.project.id, size_bytes=size_bytes, expires_at=now() + UPLOAD_LIFE)
    if not statements.insert_blob(access, owner, blob):
        find_owner(access, owner, is_written=True)
    usage.check_room(access, size_bytes)
    return blob


@contextmanager
def given_up_on_failure(home: Home, blob: Blob) -> Iterator[None]:
    """Whatever is raised inside: bytes, row and room of the blob are given back, unless it is stored by then.

    Raises:
        NotFound: the sweeper gave the blob up meanwhile.
    """
    try:
        yield
    except BaseException as exc:
        try:
            remove_unfinished(home, [blob])
        except (DatabaseError, StorageUnavailable):
            logger.warning("Could not give up blob %s: left to the sweeper", blob.pk, exc_info=True)
        if isinstance(exc, ObjectMissing):
            raise upload_not_found() from None
        raise


def doom_unreferenced(access: Access, blob_ids: Collection[uuid.UUID]) -> int:
    """Have those blobs removed that no artifact refers to any more; under the project's lock.

    Returns:
        How many bytes that gives back.
    """
    wanted, freed = list(set(blob_ids)), 0
    for start in range(0, len(wanted), _IDS_A_STATEMENT):
        rows = Blob.objects.in_project(access).filter(
            ~Exists(Artifact.objects.in_project(access).filter(blob=OuterRef("pk"))),
            pk__in=wanted[start : start + _IDS_A_STATEMENT],
            state__in=KEPT_STATES,
        )
        unreferenced = list(
            rows.annotate(is_inline=Q(content__isnull=False)).values_list("pk", "size_bytes", "is_inline")
        )
        doom(access, [blob_id for blob_id, _, is_inline in unreferenced if not is_inline])
        statements.forget_inline(access, [blob_id for blob_id, _, is_inline in unreferenced if is_inline])
        freed += sum(size_bytes for _, size_bytes, _ in unreferenced)
    return freed


def doom(access: Access, blob_ids: list[uuid.UUID]) -> None:
    """Mark blobs, and remove their bytes once that is committed; the sweeper does it where this process cannot."""
    if not blob_ids:
        return
    rows = Blob.objects.in_project(access).filter(pk__in=blob_ids)
    rows.update(state=BlobState.DOOMED, expires_at=now())
    doomed = list(rows.select_related("storage"))
    home = Home.of(access)

    # A function: Django asks one that failed for its name, which a partial has not, and would fail after the commit.
    def remove() -> None:
        remove_bytes(home, doomed)

    transaction.on_commit(remove, robust=True)
