"""Previews that jobs make: asked for when somebody first looks, so that an upload costs nothing more."""

from __future__ import annotations

import uuid

import msgspec

from apps.artifacts.browsing import find_preview
from apps.artifacts.models import Artifact, Preview, PreviewState
from apps.artifacts.owners import OwnerRef
from apps.artifacts.previews.bounded import Decoded, decode
from apps.artifacts.previews.kinds import Kind, kind_of
from apps.artifacts.queries import artifact_chunks, find_artifact
from apps.common.errors import InvalidInput, NotFound
from apps.jobs.models import JobState
from apps.jobs.queries import find_job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission

JOB_KIND = "build_preview"


def request_preview(access: Access, *, owner: OwnerRef, artifact: Artifact) -> Preview:
    """The preview of a file, for which a job is enqueued where there is none: whoever may read the file may ask.

    Args:
        access: needs PROJECT_READ.
        owner: what the file belongs to.
        artifact: the file, of a kind that a job decodes.

    Returns:
        The preview; it is `building` until the job has ended, and for good when the job failed.
    """
    access.require(Permission.PROJECT_READ)
    kind = kind_of(artifact.name, artifact.media_type)
    found = find_preview(access, artifact, kind)
    if found is not None and found.state != PreviewState.BUILDING:
        return found
    with bound(access):
        preview, _ = Preview.objects.in_project(access).get_or_create(
            blob_id=artifact.blob_id, kind=kind, defaults={"project_id": access.project.id}
        )
        if preview.state == PreviewState.BUILDING and not _is_underway(access, preview):
            args = {"run_id": owner.id.hex, "path": artifact.path, "blob_id": artifact.blob_id.hex}
            job = enqueue(access, JOB_KIND, args=args, key=f"{artifact.blob_id.hex}:{kind}")
            preview.job_id = job.id
            preview.save(update_fields=["job_id"])
    return preview


def has_failed(access: Access, preview: Preview) -> bool:
    """Whether the job of a preview was given up: it is not tried again before a person says so."""
    return preview.state == PreviewState.BUILDING and _job_state(access, preview) in {
        JobState.FAILED,
        JobState.CANCELLED,
    }


def build_preview(access: Access, *, owner: OwnerRef, path: str, blob_id: uuid.UUID) -> None:
    """Decode a file and keep what that gave; nothing happens if it is another file by now.

    Raises:
        StorageUnavailable: the store does not answer.
        StaleAccess: rights changed.
    """
    try:
        artifact = find_artifact(access, owner, path)
    except (NotFound, InvalidInput):
        return
    if artifact.blob_id != blob_id:
        return
    kind = kind_of(artifact.name, artifact.media_type)
    _keep(access, artifact, kind, _decoded(access, artifact, kind))


def _decoded(access: Access, artifact: Artifact, kind: Kind) -> Decoded:
    return decode(
        kind,
        artifact.size_bytes,
        lambda start, length: artifact_chunks(access, artifact, start=start, length=length),
    )


def _keep(access: Access, artifact: Artifact, kind: Kind, decoded: Decoded) -> None:
    state = PreviewState.REFUSED if decoded.refusal else PreviewState.READY
    with bound(access):
        rows = Preview.objects.in_project(access).filter(blob_id=artifact.blob_id, kind=kind)
        rows.update(state=state, decoded=msgspec.json.encode(decoded))


def _is_underway(access: Access, preview: Preview) -> bool:
    """Whether its job may still end, or has failed: not when there is none, or it found another file in the place."""
    state = _job_state(access, preview)
    return state is not None and state != JobState.SUCCEEDED


def _job_state(access: Access, preview: Preview) -> str | None:
    if preview.job_id is None:
        return None
    try:
        with bound(access, readonly=True):
            return find_job(access, preview.job_id).state
    except NotFound:
        return None
