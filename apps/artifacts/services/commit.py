"""The moment at which a file that has arrived becomes visible: one transaction, under the project's lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from apps.artifacts.media_types import media_type_of
from apps.artifacts.models import Artifact, Blob, BlobState, OwnerKind, Upload
from apps.artifacts.owners import Owner, RunRef, run_owner
from apps.artifacts.paths import parent_and_name
from apps.artifacts.refusals import folder_in_the_way, upload_not_found
from apps.artifacts.services import blobs, folders, statements, usage
from apps.artifacts.services.blobs import Content
from apps.artifacts.services.statements import Situation
from apps.artifacts.services.usage import Change
from apps.common.clock import now
from apps.common.errors import NotFound
from apps.projects.tenancy import bound
from apps.teams.access import Access, StaleAccess
from apps.teams.permissions import Permission

Result = TypeVar("Result")
# Resolves the caller's rights afresh; raises what a new request of the caller would be refused with.
Renew = Callable[[], Access]
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes in the store that are to become a file of a run."""

    run: RunRef
    path: str
    blob_id: uuid.UUID
    content: Content
    uploaded_by_id: int | None
    # The upload that ends with it, if it took several requests.
    upload_id: uuid.UUID | None = None


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
    """Make the file visible, in place of one that was there.

    Raises:
        NotFound: the run is gone, or the upload was given up.
        Conflict: the run is deleted, or the path does not fit the others.
        PayloadTooLarge: there is no room for it.
        StaleAccess: rights changed.
    """
    run, path, content = arrival.run, arrival.path, arrival.content
    with bound(access):
        statements.lock_project(access)
        found = statements.situation(access, run, path, arrival.blob_id, content.sha256)
        if found is None:
            run_owner(access, run, is_written=True)
        if found is None or not found.is_writing:
            raise upload_not_found()
        _check_place(access, run, path, found)
        owner = Owner(OwnerKind.RUN, run.id, found.experiment_id, found.experiment_number)
        file = _file(access, owner, arrival, found.same_blob_id or arrival.blob_id)
        stored_bytes = 0
        if found.same_blob_id:
            blobs.doom(access, [arrival.blob_id])
        elif statements.keep_blob(access, arrival.blob_id, content.sha256, content.size_bytes):
            stored_bytes = content.size_bytes
        else:
            raise upload_not_found()
        statements.put_file(file)
        if arrival.upload_id is not None:
            Upload.objects.in_project(access).filter(pk=arrival.upload_id).delete()
        if found.earlier_blob_id is not None:
            stored_bytes -= blobs.doom_unreferenced(access, [found.earlier_blob_id])
        files, size_bytes = int(found.earlier_id is None), content.size_bytes - (found.earlier_bytes or 0)
        folders.count(access, owner, file.folder, files=files, size_bytes=size_bytes)
        usage.change(access, Change(files, size_bytes, stored_bytes))
    return file


def _check_place(access: Access, run: RunRef, path: str, found: Situation) -> None:
    """Refuse a new file that no file system could hold beside what is there."""
    folder, _ = parent_and_name(path)
    if found.earlier_id is not None:
        return
    if found.is_folder:
        raise folder_in_the_way(path)
    if folder and not found.has_parent:
        folders.check_above(access, run, folder)


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


def _file(access: Access, owner: Owner, arrival: Arrival, blob_id: uuid.UUID) -> Artifact:
    folder, name = parent_and_name(arrival.path)
    return Artifact(
        project_id=access.project.id,
        **owner.columns,
        folder=folder,
        name=name,
        blob=_kept(access, arrival, blob_id),
        size_bytes=arrival.content.size_bytes,
        media_type=media_type_of(name),
        uploaded_by_id=arrival.uploaded_by_id,
        created_at=now(),
    )
