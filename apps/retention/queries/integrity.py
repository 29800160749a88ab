"""What the check of a project's bytes has found."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from apps.artifacts.models import KEPT_STATES, Artifact, Blob
from apps.projects.tenancy import bound
from apps.retention.models import IntegrityFinding, IntegrityState
from apps.teams.access import Access
from apps.teams.permissions import Permission

MAX_FINDINGS = 100
MAX_FILES = 10


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file that refers to the bytes."""

    run_id: uuid.UUID
    path: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Bytes that are missing or altered, and the first ten files that stand for them, of `file_count`."""

    damage: str
    sha256: str
    size_bytes: int
    found_sha256: str
    found_bytes: int | None
    found_at: datetime
    checked_at: datetime
    file_count: int
    files: list[DamagedFile]


@dataclass(frozen=True, slots=True)
class Integrity:
    """What is wrong, the first 100 of `finding_count`, and how far the check has come.

    Attributes:
        blob_count: stored contents of the project.
        checked_in_round: how many of them this round has passed.
        round_ended_at: when all were last checked; None for not yet.
        checked_at: when the last one was.
        checked_count: of all rounds together.
        checked_bytes: of the same.
        finding_count: contents that are missing or altered.
        findings: with the files that refer to them.
    """

    blob_count: int
    checked_in_round: int
    round_ended_at: datetime | None
    checked_at: datetime | None
    checked_count: int
    checked_bytes: int
    finding_count: int
    findings: list[Finding]


def integrity(access: Access) -> Integrity:
    """The state of the project's bytes as the last checks saw them. Six statements."""
    access.require(Permission.PROJECT_READ)
    with bound(access, readonly=True):
        state = IntegrityState.objects.in_project(access).first() or IntegrityState()
        blobs = Blob.objects.in_project(access).filter(state__in=KEPT_STATES)
        rows = IntegrityFinding.objects.in_project(access).filter(blob__state__in=KEPT_STATES)
        return Integrity(
            blobs.count(),
            blobs.filter(pk__lte=state.position).count() if state.position else 0,
            state.round_ended_at,
            state.checked_at,
            state.checked_count,
            state.checked_bytes,
            rows.count(),
            _findings(access, list(rows.select_related("blob").order_by("-found_at", "pk")[:MAX_FINDINGS])),
        )


def _findings(access: Access, rows: list[IntegrityFinding]) -> list[Finding]:
    files: dict[uuid.UUID, list[DamagedFile]] = defaultdict(list)
    counts: dict[uuid.UUID, int] = defaultdict(int)
    artifacts = Artifact.objects.in_project(access).filter(blob__in=[row.pk for row in rows]).order_by("pk")
    for file in artifacts.iterator():
        counts[file.blob_id] += 1
        if len(files[file.blob_id]) < MAX_FILES:
            files[file.blob_id].append(DamagedFile(file.owner_id, file.path))
    return [
        Finding(
            damage=row.damage,
            sha256=row.blob.sha256,
            size_bytes=row.blob.size_bytes,
            found_sha256=row.found_sha256,
            found_bytes=row.found_bytes,
            found_at=row.found_at,
            checked_at=row.checked_at,
            file_count=counts[row.pk],
            files=files[row.pk],
        )
        for row in rows
    ]
