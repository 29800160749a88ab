"""The moment at which files that have arrived become visible: one transaction, under the project's lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from django.db import transaction

from apps.artifacts.media_types import media_type_of
from apps.artifacts.models import Artifact, Blob, BlobState, Upload
from apps.artifacts.owners import Owner, OwnerRef, find_owner
from apps.artifacts.paths import ancestors, parent_and_name
from apps.artifacts.refusals import folder_in_the_way, upload_not_found
from apps.artifacts.services import blobs, folders, healing, statements, usage
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.folders import FolderChange
from apps.artifacts.services.statements import Situation
from apps.artifacts.services.usage import Change
from apps.common.clock import now
from apps.common.errors import DomainError, NotFound
from apps.common.monitoring.counters import UPLOADED, count
from apps.projects.tenancy import bound
from apps.teams.access import Access, StaleAccess
from apps.teams.permissions import Permission

Result = TypeVar("Result")
# Resolves the caller's rights afresh; raises what a new request of the caller would be refused with.
Renew = Callable[[], Access]
_ATTEMPTS = 5


def with_current_rights(access: Access, renew: Renew, write: Callable[[Access], Result]) -> Result:
    """`write(access)`, with rights resolved afresh when they changed since: bytes take a while to arrive.

    Raises:
        NotFound: the project is another one by now.
        PermissionDenied: the caller may not log any more.
    """
    for _ in range(_ATTEMPTS):
        try:
            return write(access)
        except StaleAccess:
            fresh = renew()
            if fresh.project.id != access.project.id:
                raise NotFound from None
            fresh.require(Permission.RUN_LOG)
            access = fresh
    return write(access)


def commit(access: Access, arrival: Arrival) -> Artifact:
    """Make a file visible, in place of one that was there.

    Raises:
        NotFound: the run is gone, or the upload was given up.
        Conflict: it is deleted, or the path does not fit the others.
        PayloadTooLarge: there is no room for it.
        StaleAccess: rights changed.
    """
    with bound(access):
        [outcome] = commit_all(access, [arrival])
        if isinstance(outcome, DomainError):
            raise outcome
    return outcome


def commit_all(access: Access, arrivals: Sequence[Arrival]) -> list[Artifact | DomainError]:
    """Make files visible together, with as many statements as one takes; for each the file, or why it is refused.

    Raises:
        PayloadTooLarge: of all of them, when another project of the team took the room at this moment.
        StaleAccess: rights changed.
    """
    with bound(access):
        statements.lock_project(access)
        return [outcome for some in _apart(arrivals) for outcome in _Commit(access).of(some)]


def _apart(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """The same, in order, wherever one's path is another's or a folder of it in lists of their own."""
    some: list[Arrival] = []
    files: set[tuple[uuid.UUID, str]] = set()
    inner: set[tuple[uuid.UUID, str]] = set()
    for arrival in arrivals:
        file = (arrival.owner.id, arrival.path)
        above = {(arrival.owner.id, folder) for folder in ancestors(parent_and_name(arrival.path)[0])}
        if file in files or file in inner or not above.isdisjoint(files):
            yield some
            some, files, inner = [], set(), set()
        some.append(arrival)
        files.add(file)
        inner |= above
    yield some


class _Commit:
    """What it takes to make some files visible, none of which is in another's way."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._files: list[Artifact] = []
        # By their SHA-256.
        self._inline: dict[str, Arrival] = {}
        self._duplicates: list[uuid.UUID] = []
        self._replaced: list[uuid.UUID] = []
        self._ended: list[uuid.UUID] = []
        # SHA-256s.
        self._healing: list[str] = []
        self._folders: list[FolderChange] = []
        self._stored_bytes = 0

    def of(self, arrivals: Sequence[Arrival]) -> list[Artifact | DomainError]:
        """The file, or why it is refused, of each."""
        outcomes: list[Artifact | DomainError] = []
        for arrival, found in zip(arrivals, statements.situations(self._access, arrivals), strict=True):
            try:
                outcomes.append(self._add(arrival, found))
            except DomainError as refusal:
                outcomes.append(refusal)
        if self._files:
            self._write()
        return outcomes

    def _add(self, arrival: Arrival, found: Situation | None) -> Artifact:
        access, ref, content = self._access, arrival.owner, arrival.content
        if found is None:
            find_owner(access, ref, is_written=True)
        if found is None or not (found.is_writing or arrival.inline is not None):
            raise upload_not_found()
        _check_place(access, ref, arrival.path, found)
        owner = Owner(ref.kind, ref.id, found.experiment_id, found.experiment_number)
        file = new_file(access, arrival, found.experiment_id, self._keep(arrival, found))
        self._files.append(file)
        if arrival.upload_id is not None:
            self._ended.append(arrival.upload_id)
        if found.earlier_blob_id is not None:
            self._replaced.append(found.earlier_blob_id)
        if found.is_healing:
            self._healing.append(content.sha256)
        size_bytes = content.size_bytes - (found.earlier_bytes or 0)
        self._folders.append(FolderChange(owner, file.folder, int(found.earlier_id is None), size_bytes))
        return file

    def _keep(self, arrival: Arrival, found: Situation) -> uuid.UUID:
        """The blob that is to be the file's: its own, or one with the same content."""
        sha256, size_bytes = arrival.content.sha256, arrival.content.size_bytes
        if arrival.inline is None:
            if found.same_blob_id:
                self._duplicates.append(arrival.blob_id)
            elif statements.keep_blob(self._access, arrival.blob_id, sha256, size_bytes):
                self._stored_bytes += size_bytes
            else:
                raise upload_not_found()
        elif not found.same_blob_id and sha256 not in self._inline:
            usage.check_room(self._access, size_bytes, unreserved=self._stored_bytes + size_bytes)
            self._inline[sha256] = arrival
            self._stored_bytes += size_bytes
        if found.same_blob_id:
            return found.same_blob_id
        return self._inline.get(sha256, arrival).blob_id

    def _write(self) -> None:
        access = self._access
        if self._inline:
            statements.insert_inline(access, list(self._inline.values()))
        statements.put_files(self._files)
        if self._ended:
            Upload.objects.in_project(access).filter(pk__in=self._ended).delete()
        if self._healing:
            healing.heal(access, self._healing)
        blobs.doom(access, self._duplicates)
        freed = blobs.doom_unreferenced(access, self._replaced)
        folders.count_all(access, self._folders)
        files, size_bytes = (
            sum(counts) for counts in zip(*((c.files, c.size_bytes) for c in self._folders), strict=True)
        )
        usage.change(access, Change(files, size_bytes, self._stored_bytes - freed))
        transaction.on_commit(partial(count, UPLOADED, sum(file.size_bytes for file in self._files)))


def _check_place(access: Access, owner: OwnerRef, path: str, found: Situation) -> None:
    """Refuse a new file that no file system could hold beside what is there."""
    folder, _ = parent_and_name(path)
    if found.earlier_id is not None:
        return
    if found.is_folder:
        raise folder_in_the_way(path)
    if folder and not found.has_parent:
        folders.check_above(access, owner, folder)


def _kept(access: Access, arrival: Arrival, blob_id: uuid.UUID) -> Blob:
    """The blob of a new file as far as it is known, so that nobody asks the database for the SHA-256."""
    known = {
        "id": blob_id,
        "project_id": access.project.id,
        "state": BlobState.STORED,
        "sha256": arrival.content.sha256,
        "size_bytes": arrival.content.size_bytes,
    }
    # The rest is deferred. In the order of the columns, as Django wants it.
    names = [field.attname for field in Blob._meta.concrete_fields if field.attname in known]
    return Blob.from_db(None, names, [known[name] for name in names])


def new_file(access: Access, arrival: Arrival, experiment_id: int, blob_id: uuid.UUID) -> Artifact:
    """The row that makes an arrival a file; not stored yet."""
    folder, name = parent_and_name(arrival.path)
    return Artifact(
        project_id=access.project.id,
        owner_kind=arrival.owner.kind,
        owner_id=arrival.owner.id,
        experiment_id=experiment_id,
        folder=folder,
        name=name,
        blob=_kept(access, arrival, blob_id),
        size_bytes=arrival.content.size_bytes,
        media_type=media_type_of(name, arrival.content.head),
        uploaded_by_id=arrival.uploaded_by_id,
        created_at=now(),
    )
