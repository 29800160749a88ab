"""Files whose bytes were damaged get whole ones, in the transaction in which somebody has sent the same content again."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, Subquery

from apps.artifacts.models import Artifact, Blob, BlobState
from apps.artifacts.services import blobs, usage
from apps.artifacts.services.usage import Change
from apps.teams.access import Access
from apps.teams.services import audit


def heal(access: Access, contents: Collection[str]) -> None:
    """Let files with damaged bytes refer to whole ones of the same content, and remove the damaged ones.

    In a bound transaction, under the project's lock. What has no whole twin stays as it is.

    Args:
        access: in whose name it is audited.
        contents: SHA-256s.
    """
    rows = Blob.objects.in_project(access).filter(sha256__in=contents)
    twin = Blob.objects.in_project(access).filter(state=BlobState.STORED, sha256=OuterRef("sha256")).values("pk")[:1]
    damaged = rows.filter(state=BlobState.DAMAGED).annotate(twin_id=Subquery(twin)).filter(twin_id__isnull=False)
    healed = list(damaged.order_by("pk").only("pk", "sha256"))
    for blob in healed:
        file_count = Artifact.objects.in_project(access).filter(blob=blob.pk).update(blob=blob.twin_id)
        _audit(access, blob, file_count)
    if healed:
        freed = blobs.doom_unreferenced(access, [blob.pk for blob in healed])
        usage.change(access, Change(stored_bytes=-freed))


def _audit(access: Access, blob: Blob, file_count: int) -> None:
    audit(
        access,
        "integrity.healed",
        "blob",
        blob.pk,
        object_label=blob.sha256,
        project_slug=access.project.slug,
        after={"file_count": file_count},
    )
