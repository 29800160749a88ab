"""Background work on files."""

from __future__ import annotations

import logging
import uuid

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import build_preview as build
from apps.artifacts.services import finalise, recount_project, recount_team
from apps.artifacts.services.packages import read_package
from apps.common.errors import Conflict, InvalidInput, NotFound, PayloadTooLarge, PermissionDenied
from apps.jobs.errors import JobFailed
from apps.jobs.running import RunningJob
from apps.teams.access import Access

logger = logging.getLogger(__name__)

# Some tenths of a second of reading, from a slow store some seconds.
_CHECKPOINT_BYTES = 64 * 1024 * 1024


def usage_totals(job: RunningJob) -> None:
    """Compare what the project and its team are said to keep with what they keep, and put it right."""
    team_id = job.access.team.id
    drifts = {f"project {job.project_id}": recount_project(job.access), f"team {team_id}": recount_team(team_id)}
    for whose, drift in drifts.items():
        if drift is not None:
            logger.error("The usage of %s was off by %s; it is right again", whose, drift)
    job.checkpoint(done=1, total=1, note="Put right." if any(drifts.values()) else "All figures were right.")


def build_preview(job: RunningJob) -> None:
    """Decode a file that somebody looks at."""
    build(
        job.access,
        owner=OwnerRef(uuid.UUID(job.args["run_id"])),
        path=job.args["path"],
        blob_id=uuid.UUID(job.args["blob_id"]),
    )


def read_model_package(job: RunningJob) -> None:
    """Look into the files of a logged model or version. Done again it comes to the same end."""
    owner = OwnerRef(uuid.UUID(hex=job.args["owner_id"]), kind=OwnerKind(job.args["owner_kind"]))
    found = read_package(job.access, owner=owner, on_progress=lambda note: job.checkpoint(done=0, note=note))
    job.checkpoint(done=1, total=1, note="" if found is None else f"It looks {found.verdict}.")


def finalise_upload(job: RunningJob) -> None:
    """Check what has arrived, and make it a file. Done again after any interruption it comes to the same end."""
    is_first = not job.cursor
    total, told = job.args.get("size_bytes"), 0
    job.checkpoint(done=0, total=total, note="Checking the file.", cursor={"began": True})

    def progress(size_bytes: int) -> None:
        nonlocal told
        if size_bytes - told >= _CHECKPOINT_BYTES:
            told = size_bytes
            job.checkpoint(done=size_bytes, total=total, note="Checking the file.")

    def renew() -> Access:
        job.checkpoint(done=told, total=total)
        return job.access

    parts = job.args.get("parts")
    try:
        finalise(
            job.access,
            upload_id=uuid.UUID(hex=job.args["upload_id"]),
            parts=None if parts is None else [(number, etag) for number, etag in parts],
            sha256=job.args.get("sha256", ""),
            renew=renew,
            on_progress=progress,
        )
    except NotFound as exc:
        # Done by an earlier attempt that did not live to say so, or aborted meanwhile.
        if is_first:
            raise JobFailed(exc.message) from exc
    except (Conflict, InvalidInput, PayloadTooLarge, PermissionDenied) as exc:
        raise JobFailed(exc.message) from exc
    if total is not None:
        job.checkpoint(done=total, total=total, note="")
