"""Background work on files."""

from __future__ import annotations

import logging

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
