"""Files that arrive in one request, and files that go."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from apps.artifacts.models import Artifact, Folder, OwnerKind
from apps.artifacts.owners import Owner, OwnerRef, find_owner
from apps.artifacts.paths import clean_folder, clean_path, parent_and_name
from apps.artifacts.placement import store_of
from apps.artifacts.refusals import artifact_not_found
from apps.artifacts.services import blobs, folders, statements, usage
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import Measured
from apps.artifacts.services.commit import Renew, commit, with_current_rights
from apps.artifacts.services.packages import forget_package
from apps.artifacts.services.small import store_small
from apps.artifacts.services.usage import Change
from apps.artifacts.stores import Home
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission


def store_artifact(
    access: Access, *, owner: OwnerRef, path: str, chunks: Iterable[bytes], length: int, renew: Renew, sha256: str = ""
) -> Artifact:
    """Store a file of an active run or model; nobody sees it before it is whole. Of two writers the last to end wins.

    Args:
        access: needs RUN_LOG.
        owner: the run or model.
        path: below the root of its owner; see apps.artifacts.paths.
        chunks: the bytes, read once and never held together.
        length: how many they are. Room for them is taken before the first is read, unless they are few.
        renew: resolves the caller's rights afresh, should they change while the bytes arrive.
        sha256: of the bytes, in hex, to be compared; empty to take what comes.

    Raises:
        NotFound: the project has no such run or model.
        InvalidInput: the path; or the bytes are fewer or more than `length`, or have another SHA-256.
        Conflict: it is deleted, or the path is a folder or lies in a file.
        PayloadTooLarge: the project or team may not keep so much.
        StorageUnavailable: the store does not answer.
        StaleAccess: rights changed, and no byte was read yet.
    """
    access.require(Permission.RUN_LOG)
    path = clean_path(path)
    measured = Measured(chunks, length, sha256=sha256)
    if length <= settings.INLINE_ARTIFACT_BYTES:
        return store_small(access, owner, path, measured, renew)
    with bound(access):
        blob = blobs.reserve(access, owner, length)
    home = Home.of(access)
    with blobs.given_up_on_failure(home, blob):
        store_of(blob).put(home.blob_key(blob.pk), measured, length=length)
        arrival = Arrival(owner, path, blob.pk, measured.content, access.actor.user_id)
        return with_current_rights(access, renew, lambda current: commit(current, arrival))


def delete_artifacts(access: Access, *, owner: OwnerRef, path: str) -> int:
    """Delete a file, or a folder with everything in it, of a run or model in any stage of its life.

    Args:
        access: needs RUN_DELETE.
        owner: the run or model.
        path: below the root of its owner; empty for everything.

    Returns:
        How many files that were.

    Raises:
        NotFound: the project has no such run or model, or that no such file or folder.
        InvalidInput: the path; or it is a version, whose files stay what they are.
    """
    access.require(Permission.RUN_DELETE)
    path = clean_folder(path)
    with bound(access):
        statements.lock_project(access)
        found = find_owner(access, owner, is_written=owner.kind is OwnerKind.VERSION)
        return remove_files(access, found, path)


def remove_files(access: Access, owner: Owner, path: str = "") -> int:
    """The same for an owner that was found, in its bound transaction, under the project's lock."""
    with bound(access):
        files = Artifact.objects.in_project(access).filter(owner_id=owner.id)
        inner = Folder.objects.in_project(access).filter(owner_id=owner.id)
        if path:
            files = files.filter(folders.at_or_below(path, "folder"))
            inner = inner.filter(folders.at_or_below(path, "parent"))
        rows = list(files.values_list("blob_id", "size_bytes"))
        if not rows:
            if path:
                raise artifact_not_found()
            return 0
        size_bytes = sum(size for _, size in rows)
        files.delete()
        if not path:
            forget_package(access, owner.id)
        # What lies inside goes as a whole; what lies above loses so much.
        inner.delete()
        if path:
            folder, _ = parent_and_name(path)
            folders.count(access, owner, folder, files=-len(rows), size_bytes=-size_bytes)
            folders.remove_empty(access, owner)
        freed = blobs.doom_unreferenced(access, [blob_id for blob_id, _ in rows])
        usage.change(access, Change(-len(rows), -size_bytes, -freed))
    return len(rows)
