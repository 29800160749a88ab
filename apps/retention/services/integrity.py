"""Reading stored bytes again, and comparing them with what was once written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef

from apps.artifacts.blob_bytes import open_blob
from apps.artifacts.models import KEPT_STATES, Blob, BlobState
from apps.artifacts.services import healing, statements
from apps.artifacts.stores import Home, ObjectMissing
from apps.common.clock import now
from apps.projects.tenancy import bound
from apps.retention.models import Damage, IntegrityFinding, IntegrityState
from apps.teams.access import Access
from apps.teams.services import audit

# How often somebody is told that a large object is still being read.
_SIGN_OF_LIFE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the store holds of a blob; nothing where it is missing."""

    sha256: str = ""
    size_bytes: int | None = None

    def damage(self, blob: Blob) -> Damage | None:
        """What is wrong; None when the bytes are those that were stored."""
        if self.size_bytes is None:
            return Damage.MISSING
        return None if (self.sha256, self.size_bytes) == (blob.sha256, blob.size_bytes) else Damage.ALTERED


@dataclass(frozen=True, slots=True)
class Checked:
    """One blob: what is wrong with it, and how many bytes were read."""

    damage: Damage | None
    read_bytes: int


def check_blobs(
    access: Access, *, max_bytes: int | None, still_alive: Callable[[], None] = lambda: None
) -> Iterator[Checked]:
    """Check stored bytes, those first that were not checked for the longest time.

    Args:
        access: the system's or the operator's.
        max_bytes: stop once so many were read; None for every blob from the first on.
        still_alive: called every 64 MiB.

    Raises:
        StorageUnavailable: the store does not answer, which says nothing about the bytes.
    """
    home, read_bytes = Home.of(access), 0
    if max_bytes is None:
        end_round(access)
    while max_bytes is None or read_bytes < max_bytes:
        with bound(access, readonly=True):
            blob = _next_blob(access)
        if blob is None:
            end_round(access, is_whole=True)
            return
        verdict = _read_again(home, blob, still_alive)
        read_bytes += verdict.size_bytes or 0
        yield Checked(_note(access, blob, verdict), verdict.size_bytes or 0)


def _next_blob(access: Access) -> Blob | None:
    """The stored blob that was not checked for the longest time; None at the end of a round."""
    state = IntegrityState.objects.in_project(access).first()
    rows = Blob.objects.in_project(access).filter(state__in=KEPT_STATES).select_related("storage").order_by("pk")
    if state is not None and state.position is not None:
        rows = rows.filter(pk__gt=state.position)
    return rows.first()


def _read_again(home: Home, blob: Blob, still_alive: Callable[[], None]) -> Verdict:
    """Outside any transaction."""
    digest, size, told = hashlib.sha256(), 0, 0
    try:
        chunks = open_blob(home, blob)
    except ObjectMissing:
        return Verdict()
    try:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if size - told >= _SIGN_OF_LIFE_BYTES:
                told = size
                still_alive()
    finally:
        chunks.close()
    return Verdict(digest.hexdigest(), size)


def _note(access: Access, blob: Blob, verdict: Verdict) -> Damage | None:
    """Write down what was read, and that the round has come so far; one transaction.

    Returns:
        The damage; None also for a blob that was removed while it was read.
    """
    with bound(access):
        if blob.state == BlobState.DAMAGED or verdict.damage(blob) is not None:
            # No file is to be stored meanwhile that would share these bytes, or that heals them.
            statements.lock_project(access)
        blobs = Blob.objects.in_project(access).filter(pk=blob.pk, state__in=KEPT_STATES)
        is_there = blobs.exists()
        damage = verdict.damage(blob) if is_there else None
        if damage is not None:
            blobs.update(state=BlobState.DAMAGED)
        elif blob.state == BlobState.DAMAGED:
            # Leaves nothing to update where the same content was stored meanwhile: that is kept once.
            healing.heal(access, [blob.sha256])
            blobs.update(state=BlobState.STORED)
        findings = IntegrityFinding.objects.in_project(access).filter(pk=blob.pk)
        known = findings.values_list("damage", flat=True).first()
        if damage is None:
            findings.delete()
        elif known is None:
            IntegrityFinding.objects.in_project(access).bulk_create([_finding(access, blob, verdict, damage)])
        else:
            findings.update(
                damage=damage, found_sha256=verdict.sha256, found_bytes=verdict.size_bytes, checked_at=now()
            )
        if damage != known and is_there:
            _audit(access, blob, known, damage, verdict)
        _advance(access, {"position": blob.pk}, count=1, size=verdict.size_bytes or 0)
    return damage


def end_round(access: Access, *, is_whole: bool = False) -> None:
    """Have the next check begin with the oldest blob again.

    Args:
        access: whose project.
        is_whole: this round has checked every blob.
    """
    changes: dict[str, Any] = {"position": None} | ({"round_ended_at": now()} if is_whole else {})
    kept = Blob.objects.in_project(access).filter(pk=OuterRef("pk"), state__in=KEPT_STATES)
    with bound(access):
        # Of blobs that are gone: those that stood in a row take nothing along.
        IntegrityFinding.objects.in_project(access).filter(~Exists(kept)).delete()
        _advance(access, changes, count=0, size=0)


def _finding(access: Access, blob: Blob, verdict: Verdict, damage: Damage) -> IntegrityFinding:
    return IntegrityFinding(
        project_id=access.project.id,
        blob_id=blob.pk,
        damage=damage,
        found_sha256=verdict.sha256,
        found_bytes=verdict.size_bytes,
    )


def _advance(access: Access, changes: dict[str, Any], *, count: int, size: int) -> None:
    states = IntegrityState.objects.in_project(access)
    states.bulk_create([IntegrityState(project_id=access.project.id)], ignore_conflicts=True)
    states.update(
        checked_at=now(), checked_count=F("checked_count") + count, checked_bytes=F("checked_bytes") + size, **changes
    )


def _audit(access: Access, blob: Blob, known: str | None, damage: Damage | None, verdict: Verdict) -> None:
    audit(
        access,
        "integrity.damaged" if damage else "integrity.whole",
        "blob",
        blob.pk,
        object_label=blob.sha256,
        project_slug=access.project.slug,
        before={"damage": known},
        after={"damage": damage, "sha256": verdict.sha256, "size_bytes": verdict.size_bytes},
    )
