"""Uploads that end in the background: large ones, and those by presigned addresses at which nobody looked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from apps.artifacts.models import Artifact, Blob, BlobState, Upload, UploadKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.placement import store_of
from apps.artifacts.services.blobs import UPLOAD_LIFE, Progress
from apps.artifacts.services.commit import Renew
from apps.artifacts.services.presigned import settle_uploads
from apps.artifacts.services.uploads import complete_upload, find_upload, open_upload, owner_of
from apps.artifacts.stores import Home, artifact_store
from apps.common.clock import now
from apps.jobs.models import Job
from apps.jobs.services import enqueue
from apps.projects.models import Project
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from apps.teams.permissions import Permission

FINALISE = "finalise_upload"
_UPLOADS_A_SWEEP = 1_000
_PROJECTS_A_STATEMENT = 500


def complete_or_enqueue(
    access: Access,
    *,
    owner: OwnerRef,
    upload_id: uuid.UUID,
    parts: Sequence[tuple[int, str]] | None,
    renew: Renew,
    sha256: str = "",
) -> Artifact | Job:
    """Complete an upload now, or in the background where it is larger than FINALISE_IN_BACKGROUND_BYTES.

    Reading five gigabytes to check them takes longer than a request should. Asked for again while the job is not done,
    it is that job again. Arguments and errors as `complete_upload`, whose refusals become those of the job.
    """
    upload = open_upload(access, upload_id=upload_id, owner=owner)
    store, key = store_of(upload.blob), Home.of(access).blob_key(upload.blob_id)
    size_bytes = sum(part.size_bytes for part in store.parts(key, upload.multipart_id)) or store.head(key) or 0
    if size_bytes <= settings.FINALISE_IN_BACKGROUND_BYTES:
        return complete_upload(access, upload_id=upload_id, parts=parts, renew=renew, owner=owner, sha256=sha256)
    named = None if parts is None else [list(part) for part in parts]
    with bound(access):
        find_upload(access, upload_id, owner=owner)
        rows = Blob.objects.in_project(access).filter(pk=upload.blob_id, state=BlobState.WRITING)
        rows.update(expires_at=now() + UPLOAD_LIFE)
        args = {"upload_id": upload_id.hex, "parts": named, "sha256": sha256, "size_bytes": size_bytes}
        return enqueue(access, FINALISE, args=args, key=upload_id.hex)


def finalise(
    access: Access,
    *,
    upload_id: uuid.UUID,
    parts: Sequence[tuple[int, str]] | None,
    sha256: str,
    renew: Renew,
    on_progress: Progress,
) -> None:
    """What the job does: make the file of an upload of either kind visible, once its bytes are checked.

    Raises:
        NotFound: there is no such upload (any more).
        InvalidInput, Conflict, PayloadTooLarge: as `complete_upload`; the upload is given up.
        StorageUnavailable: the store does not answer; to be done again.
    """
    access.require(Permission.RUN_LOG)
    with bound(access, readonly=True):
        rows = Upload.objects.in_project(access).filter(pk=upload_id, kind=UploadKind.PRESIGNED)
        upload = rows.only("owner_id", "owner_kind").first()
    if upload is None:
        complete_upload(access, upload_id=upload_id, parts=parts, renew=renew, sha256=sha256, on_progress=on_progress)
    else:
        settle_uploads(access, owner_of(upload), on_progress=on_progress)


def enqueue_arrived(project_id: int) -> int:
    """Enqueue what has arrived by presigned addresses that work no more, and at which nobody has looked.

    Returns:
        How many uploads that were.

    Raises:
        StorageUnavailable: a store does not answer.
    """
    home = Home.of_project(Project.objects.select_related("team").get(pk=project_id))
    with bound_to_projects([project_id], readonly=True):
        rows = _unseen().filter(project_id=project_id).select_related("blob__storage").order_by("created_at")
        waiting = list(rows[:_UPLOADS_A_SWEEP])
    arrived = [each for each in waiting if store_of(each.blob).head(home.blob_key(each.blob_id)) is not None]
    with bound_to_projects([project_id]):
        for upload in arrived:
            enqueue(project_id, FINALISE, args={"upload_id": upload.pk.hex}, key=upload.pk.hex)
    return len(arrived)


def projects_with_unseen_uploads() -> list[int]:
    """Projects in which `enqueue_arrived` may have something to do; none where clients do not reach the store."""
    if not artifact_store().is_direct:
        return []
    project_ids = list(Project.objects.filter(deleted_at=None).order_by("pk").values_list("pk", flat=True))
    unseen = Exists(_unseen().filter(project_id=OuterRef("pk")))
    found: list[int] = []
    for start in range(0, len(project_ids), _PROJECTS_A_STATEMENT):
        chunk = project_ids[start : start + _PROJECTS_A_STATEMENT]
        with bound_to_projects(chunk, readonly=True):
            found += Project.objects.filter(unseen, pk__in=chunk).values_list("pk", flat=True)
    return sorted(found)


def _unseen() -> QuerySet[Upload]:
    before = now() - timedelta(seconds=settings.PRESIGNED_SECONDS)
    return Upload.unscoped.filter(kind=UploadKind.PRESIGNED, blob__state=BlobState.WRITING, created_at__lt=before)
