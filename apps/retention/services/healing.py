"""Files whose bytes were damaged get whole ones, once somebody has sent the same content again."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from apps.artifacts.models import Artifact, Blob, BlobState
from apps.artifacts.services import blobs, statements, usage
from apps.artifacts.services.usage import Change
from apps.projects.tenancy import bound
from apps.retention.models import IntegrityFinding
from apps.teams.access import Access
from apps.teams.services import audit


def heal(access: Access) -> int:
    """Let the files of each damaged blob that has a whole twin refer to the twin, and remove the damaged one.

    Returns:
        How many blobs that were.
    """
    with bound(access):
        statements.lock_project(access)
        rows = Blob.objects.in_project(access)
        twin = rows.filter(state=BlobState.STORED, sha256=OuterRef("sha256")).values("pk")[:1]
        damaged = rows.filter(state=BlobState.DAMAGED).annotate(twin_id=Subquery(twin)).filter(twin_id__isnull=False)
        found = list(damaged.order_by("pk").only("pk", "sha256"))
        for blob in found:
            files = Artifact.objects.in_project(access).filter(blob=blob.pk).update(blob=blob.twin_id)
            _audit(access, blob, files)
        if found:
            healed = [blob.pk for blob in found]
            IntegrityFinding.objects.in_project(access).filter(pk__in=healed).delete()
            usage.change(access, Change(0, 0, -blobs.doom_unreferenced(access, healed)))
    return len(found)


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
