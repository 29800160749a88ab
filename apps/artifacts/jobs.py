"""Background work on files."""

from __future__ import annotations

import logging
import uuid

from apps.artifacts.owners import RunRef
from apps.artifacts.services import build_preview as build
from apps.artifacts.services import recount_project, recount_team
from apps.jobs.running import RunningJob

logger = logging.getLogger(__name__)


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
        run=RunRef(uuid.UUID(job.args["run_id"])),
        path=job.args["path"],
        blob_id=uuid.UUID(job.args["blob_id"]),
    )
