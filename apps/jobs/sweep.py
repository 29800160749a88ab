"""What keeps jobs going whatever was lost: leases of dead workers, messages, the moments of periodic jobs."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from kombu.exceptions import OperationalError

from apps.common.clock import now
from apps.jobs.claims import Claim
from apps.jobs.dispatch import announce, announced_count
from apps.jobs.models import Job, JobSchedule, JobTicket
from apps.jobs.services import enqueue
from apps.jobs.worker import fail_attempt
from apps.projects.models import Project
from apps.projects.tenancy import bound_to_projects

MESSAGES = 100
"""So many in the queue keep every worker busy until the next sweep; more would pile up while jobs take long."""
_BATCH = 500
_LOST = "The worker that ran it was lost."
logger = logging.getLogger(__name__)


def sweep() -> None:
    """Everything, each in bounded steps; what is left is found by the next."""
    give_back_lost()
    enqueue_scheduled()
    announce_due()


def give_back_lost() -> int:
    """Take jobs from workers whose lease has run out: killed, cut off, or stuck. Returns how many."""
    lost = JobTicket.objects.filter(lease_until__lt=now()).order_by("lease_until")
    rows = lost.values_list("job_id", "project_id", "claim")[:_BATCH]
    found = [Claim(job_id, project_id, token) for job_id, project_id, token in rows if token is not None]
    for claim in found:
        logger.warning("Job %s of project %s: %s", claim.job_id, claim.project_id, _LOST)
        fail_attempt(claim, _LOST)
    return len(found)


def announce_due() -> int:
    """Send messages for due jobs until there are enough in the queue. Returns how many."""
    waiting = JobTicket.objects.filter(lease_until=None, due_at__lte=now())
    due_count = waiting.order_by("due_at").values("pk")[:MESSAGES].count()
    if not due_count:
        return 0
    try:
        missing = due_count - announced_count()
    except (OSError, OperationalError) as exc:
        logger.warning("The broker is away (%s); due jobs wait.", exc)
        return 0
    announce(max(missing, 0))
    return max(missing, 0)


def enqueue_scheduled() -> int:
    """Enqueue the periodic jobs that are due, each once whatever it was that kept it. Returns how many."""
    _plan()
    due = JobSchedule.objects.filter(kind__in=settings.JOB_SCHEDULES, next_at__lte=now()).order_by("next_at")
    found = list(due.values_list("pk", "project_id", "kind")[:_BATCH])
    for pk, project_id, kind in found:
        next_at = now() + timedelta(seconds=settings.JOB_SCHEDULES[kind])
        with bound_to_projects([project_id]):
            # Of two sweepers, one changes the row.
            if JobSchedule.objects.filter(pk=pk, next_at__lte=now()).update(next_at=next_at):
                enqueue(project_id, kind, key="schedule")
    return len(found)


def forget_old() -> int:
    """Delete what ended long ago. Returns how many jobs."""
    before = now() - timedelta(days=settings.JOB_HISTORY_DAYS)
    count = 0
    for project_ids in _chunks_of_projects():
        while True:
            with bound_to_projects(project_ids):
                old = Job.unscoped.filter(project_id__in=project_ids, ended_at__lt=before)
                keys = list(old.values_list("pk", flat=True)[:_BATCH])
                Job.unscoped.filter(project_id__in=project_ids, pk__in=keys).delete()
            count += len(keys)
            if len(keys) < _BATCH:
                break
    return count


def _plan() -> None:
    """A row for each project and kind that has none: at first some time within the period, not all at the same moment."""
    for kind, period_seconds in settings.JOB_SCHEDULES.items():
        planned = JobSchedule.objects.filter(kind=kind).values("project")
        missing = Project.objects.filter(deleted_at=None).exclude(pk__in=planned).values_list("pk", flat=True)[:_BATCH]
        rows = [
            JobSchedule(project_id=pk, kind=kind, next_at=now() + timedelta(seconds=random.uniform(0, period_seconds)))  # noqa: S311
            for pk in missing
        ]
        JobSchedule.objects.bulk_create(rows, ignore_conflicts=True)
    JobSchedule.objects.filter(project__deleted_at__isnull=False, next_at__lte=now()).delete()


def _chunks_of_projects() -> Iterator[list[int]]:
    project_ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(project_ids), _BATCH):
        yield project_ids[start : start + _BATCH]
