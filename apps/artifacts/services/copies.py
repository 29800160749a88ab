"""Bytes of another project's files, brought into this one: a project keeps its own of whatever it refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from django.db.models import Q, QuerySet

from apps.artifacts.models import Artifact, Blob, BlobState, TeamStorage
from apps.artifacts.owners import OwnerRef
from apps.artifacts.refusals import try_again
from apps.artifacts.services import blobs, statements, usage
from apps.artifacts.stores import Home
from apps.common.clock import now
from apps.projects.tenancy import bound
from apps.teams.access import Access

# By SHA-256.
Copies = Mapping[str, Blob]


def files_below(access: Access, owner: OwnerRef, folder: str) -> QuerySet[Artifact]:
    """The files in a folder of an owner, however deep, with their blobs; all of them for the root."""
    rows = Artifact.objects.in_project(access).filter(owner_id=owner.id, owner_kind=owner.kind)
    below = Q(folder=folder) | Q(folder__gt=f"{folder}/", folder__lt=f"{folder}0") if folder else Q()
    return rows.filter(below).select_related("blob__storage")


@contextmanager
def copied(access: Access, lender: Access, source: OwnerRef, folder: str) -> Iterator[Copies]:
    """Copy what the project has not got of the bytes in a folder of another one; not inside a transaction.

    The copies are written and belong to nothing: `keep_copies` has to make blobs of them before this ends, or they go.

    Args:
        access: of the project that is to keep them.
        lender: to the project that has them, of the same team; the caller has checked that they may be read.
        source: whose files.
        folder: below its root.

    Raises:
        PayloadTooLarge: the project or team may not keep so much.
        StorageUnavailable: a store does not answer.
    """
    with bound(lender, readonly=True):
        files = list(files_below(lender, source, folder))
    originals = {file.blob.sha256: file.blob for file in files}
    with bound(access):
        here = Blob.objects.in_project(access).filter(state=BlobState.STORED, sha256__in=originals)
        for sha256 in here.values_list("sha256", flat=True):
            del originals[sha256]
        copies = {sha256: _reserved(access, original) for sha256, original in originals.items()}
        written = [copy for copy in copies.values() if copy.content is None]
        Blob.objects.in_project(access).bulk_create(written)
        in_rows = sum(copy.size_bytes for copy in copies.values() if copy.content is not None)
        usage.check_room(access, sum(copy.size_bytes for copy in copies.values()), unreserved=in_rows)
    home, their_home = Home.of(access), Home.of(lender)
    with ExitStack() as unless_kept:
        for copy in written:
            unless_kept.enter_context(blobs.given_up_on_failure(home, copy))
        for sha256, copy in copies.items():
            if copy.content is None:
                blobs.copy_bytes(their_home, originals[sha256], home, copy)
        yield copies


def keep_copies(access: Access, files: Sequence[Artifact], copies: Copies) -> int:
    """Let files that are about to be stored refer to the project's own blobs; inside a bound transaction, under its lock.

    Args:
        access: of the project that keeps them.
        files: with the blobs of the other project.
        copies: of those blobs that the project had not got.

    Returns:
        How many bytes the project keeps now that it did not.

    Raises:
        Conflict: what it had is gone by now.
    """
    stored = Blob.objects.in_project(access).filter(state=BlobState.STORED, sha256__in={f.blob.sha256 for f in files})
    own = {blob.sha256: blob for blob in stored.only("pk", "sha256", "size_bytes")}
    kept_bytes, duplicates = 0, []
    for sha256, copy in copies.items():
        if sha256 in own:
            duplicates += [copy.pk] if copy.content is None else []
            continue
        if copy.content is not None:
            copy.save(force_insert=True)
        elif not statements.keep_blob(access, copy.pk, sha256, copy.size_bytes):
            raise try_again()
        own[sha256] = copy
        kept_bytes += copy.size_bytes
    blobs.doom(access, duplicates)
    for file in files:
        if file.blob.sha256 not in own:
            raise try_again()
        file.blob = own[file.blob.sha256]
    return kept_bytes


def _reserved(access: Access, original: Blob) -> Blob:
    """A blob like another project's: with the same bytes if they are in the row, and otherwise about to be written."""
    if original.content is not None:
        return Blob(
            project_id=access.project.id,
            state=BlobState.STORED,
            sha256=original.sha256,
            size_bytes=original.size_bytes,
            content=original.content,
        )
    return Blob(
        project_id=access.project.id,
        size_bytes=original.size_bytes,
        storage=TeamStorage.objects.filter(team=access.team.id, is_current=True).first(),
        expires_at=now() + blobs.UPLOAD_LIFE,
    )
