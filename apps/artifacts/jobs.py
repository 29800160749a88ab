"""Background work on files."""

from __future__ import annotations

import logging
import uuid

from apps.artifacts.owners import RunRef
from apps.artifacts.services import build_preview as build
from apps.artifacts.services import recount_usage
from apps.jobs.running import RunningJob

logger = logging.getLogger(__name__)


def usage_totals(job: RunningJob) -> None:
    """Compare what the project is said to keep with what it keeps, and put it right."""
    drift = recount_usage(job.access)
    if drift is not None:
        logger.error("The usage of project %s had drifted by %s; it is right again", job.project_id, drift)
    job.checkpoint(done=1, total=1, note="Put right." if drift else "All figures were right.")


def build_preview(job: RunningJob) -> None:
    """Decode a file that somebody looks at."""
    build(
        job.access,
        run=RunRef(uuid.UUID(job.args["run_id"])),
        path=job.args["path"],
        blob_id=uuid.UUID(job.args["blob_id"]),
    )
