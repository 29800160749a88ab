"""The moment at which a file that has arrived becomes visible: one transaction, under the project's lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from apps.artifacts.media_types import media_type_of
from apps.artifacts.models import Artifact, Upload
from apps.artifacts.owners import Owner, RunRef, run_owner
from apps.artifacts.paths import parent_and_name
from apps.artifacts.services import blobs, folders, usage
from apps.artifacts.services.blobs import Content
from apps.artifacts.services.usage import Change
from apps.artifacts.stores import Home
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
    with bound(access):
        usage.lock(access)
        owner = run_owner(access, arrival.run, is_written=True)
        folder, name = parent_and_name(arrival.path)
        earlier = Artifact.objects.in_project(access).filter(owner_id=owner.id, folder=folder, name=name).first()
        if earlier is None:
            folders.check_place(access, owner, folder, name)
        blob, stored_bytes = blobs.keep(access, arrival.blob_id, arrival.content)
        file = Artifact(
            pk=earlier.pk if earlier else None,
            project_id=access.project.id,
            **owner.columns,
            folder=folder,
            name=name,
            blob=blob,
            size_bytes=blob.size_bytes,
            media_type=media_type_of(name),
            uploaded_by_id=arrival.uploaded_by_id,
            created_at=now(),
        )
        file.save(force_insert=earlier is None, force_update=earlier is not None)
        if arrival.upload_id is not None:
            Upload.objects.in_project(access).filter(pk=arrival.upload_id).delete()
        freed = blobs.doom_unreferenced(access, [earlier.blob_id]) if earlier else 0
        _count(access, owner, file, earlier, stored_bytes - freed)
    return file


def _count(access: Access, owner: Owner, file: Artifact, earlier: Artifact | None, stored_bytes: int) -> None:
    files = 0 if earlier else 1
    size_bytes = file.size_bytes - (earlier.size_bytes if earlier else 0)
    folders.count(access, owner, file.folder, files=files, size_bytes=size_bytes)
    usage.change(Home.of(access), Change(files, size_bytes, stored_bytes))
