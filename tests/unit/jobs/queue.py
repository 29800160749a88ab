"""Short ways to put jobs into the queue and to look at them."""

from __future__ import annotations

import uuid
from typing import Any

from apps.jobs.models import Job, JobTicket
from apps.jobs.queries import find_job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access


def put(access: Access, kind: str = "do_nothing", **more: Any) -> Job:
    """A new job in somebody's name."""
    with bound(access):
        return enqueue(access, kind, **more)


def put_for_system(access: Access, kind: str = "do_nothing", **more: Any) -> Job:
    """A new job of the system in a project."""
    with bound_to_projects([access.project.id]):
        return enqueue(access.project.id, kind, **more)


def look(access: Access, job: Job) -> Job:
    """The job as it is now."""
    with bound(access, readonly=True):
        return find_job(access, job.pk)


def has_ticket(job_id: uuid.UUID) -> bool:
    """Whether it is waiting or running, as the workers see it."""
    return JobTicket.objects.filter(pk=job_id).exists()
