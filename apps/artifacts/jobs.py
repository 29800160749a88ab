"""Background work on files."""

from __future__ import annotations

import logging

from apps.artifacts.services import recount_usage
from apps.jobs.running import RunningJob

logger = logging.getLogger(__name__)


def usage_totals(job: RunningJob) -> None:
    """Compare what the project is said to keep with what it keeps, and put it right."""
    drift = recount_usage(job.access)
    if drift is not None:
        logger.error("The usage of project %s had drifted by %s; it is right again", job.project_id, drift)
    job.checkpoint(done=1, total=1, note="Put right." if drift else "All figures were right.")
