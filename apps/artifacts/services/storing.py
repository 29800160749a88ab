"""Files that arrive in one request, and files that go."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from apps.artifacts.models import Artifact, Folder
from apps.artifacts.owners import RunRef, run_owner, uploader_id
from apps.artifacts.paths import clean_folder, clean_path, parent_and_name
from apps.artifacts.placement import store_of
from apps.artifacts.refusals import artifact_not_found
from apps.artifacts.services import blobs, folders, statements, usage
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import Measured
from apps.artifacts.services.commit import Renew, commit, with_current_rights
from apps.artifacts.services.small import store_small
from apps.artifacts.services.usage import Change
from apps.artifacts.stores import Home
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission


def store_artifact(
    access: Access, *, run: RunRef, path: str, chunks: Iterable[bytes], length: int, renew: Renew, sha256: str = ""
) -> Artifact:
    """Store a file of an active run; nobody sees it before it is whole. Of two writers the last to end wins.

    Args:
        access: needs RUN_LOG.
        run: the run.
        path: below the root of the run; see apps.artifacts.paths.
        chunks: the bytes, read once and never held together.
        length: how many they are. Room for them is taken before the first is read, unless they are few.
        renew: resolves the caller's rights afresh, should they change while the bytes arrive.
        sha256: of the bytes, in hex, to be compared; empty to take what comes.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: the path; or the bytes are fewer or more than `length`, or have another SHA-256.
        Conflict: the run is deleted, or the path is a folder or lies in a file.
        PayloadTooLarge: the project or team may not keep so much.
        StorageUnavailable: the store does not answer.
        StaleAccess: rights changed, and no byte was read yet.
    """
    access.require(Permission.RUN_LOG)
    path = clean_path(path)
    measured = Measured(chunks, length, sha256=sha256)
    if length <= settings.INLINE_ARTIFACT_BYTES:
        return store_small(access, run, path, measured, renew)
    with bound(access):
        blob = blobs.reserve(access, run, length)
    home = Home.of(access)
    with blobs.given_up_on_failure(home, blob):
        store_of(blob).put(home.blob_key(blob.pk), measured, length=length)
        arrival = Arrival(run, path, blob.pk, measured.content, uploader_id(access))
        return with_current_rights(access, renew, lambda current: commit(current, arrival))


def delete_artifacts(access: Access, *, run: RunRef, path: str) -> int:
    """Delete a file, or a folder with everything in it, of a run in any stage of its life.

    Args:
        access: needs RUN_DELETE.
        run: the run.
        path: below the root of the run; empty for everything.

    Returns:
        How many files that were.

    Raises:
        NotFound: the project has no such run, or the run no such file or folder.
        InvalidInput: the path.
    """
    access.require(Permission.RUN_DELETE)
    path = clean_folder(path)
    with bound(access):
        statements.lock_project(access)
        owner = run_owner(access, run)
        files = Artifact.objects.in_project(access).filter(owner_id=run.id)
        inner = Folder.objects.in_project(access).filter(owner_id=run.id)
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
        # What lies inside goes as a whole; what lies above loses so much.
        inner.delete()
        if path:
            folder, _ = parent_and_name(path)
            folders.count(access, owner, folder, files=-len(rows), size_bytes=-size_bytes)
            folders.remove_empty(access, owner)
        freed = blobs.doom_unreferenced(access, [blob_id for blob_id, _ in rows])
        usage.change(access, Change(-len(rows), -size_bytes, -freed))
    return len(rows)
