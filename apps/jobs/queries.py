"""Reads of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from apps.common.errors import NotFound
from apps.common.ids import parse_hex_id
from apps.jobs.models import Job
from apps.teams.access import Access
from apps.teams.permissions import Permission


def find_job(access: Access, job_id: uuid.UUID) -> Job:
    """One job of the project; inside a bound transaction. One statement.

    Raises:
        NotFound: the project has no such job (any more).
    """
    access.require(Permission.PROJECT_READ)
    job = Job.objects.in_project(access).filter(pk=job_id).first()
    if job is None:
        raise _not_found()
    return job


def job_key(text: str) -> uuid.UUID:
    """The key of a job as addresses spell it.

    Raises:
        NotFound: no job is spelt so.
    """
    key = parse_hex_id(text)
    if key is None:
        raise _not_found()
    return key


def jobs_of_project(access: Access, *, kind: str = "", states: Collection[str] = ()) -> QuerySet[Job]:
    """The project's jobs, newest first; inside a bound transaction.

    Args:
        access: who asks, and the project.
        kind: only these; empty for all.
        states: only these; empty for all.
    """
    access.require(Permission.PROJECT_READ)
    jobs = Job.objects.in_project(access).order_by("-id")
    if kind:
        jobs = jobs.filter(kind=kind)
    if states:
        jobs = jobs.filter(state__in=states)
    return jobs


def may_manage(access: Access, job: Job) -> bool:
    """Whether the actor may cancel and retry the job: one's own by whoever logs runs, any by whoever manages."""
    if access.allows(Permission.PROJECT_MANAGE):
        return True
    is_own = job.created_by_id is not None and (job.created_by_kind, job.created_by_id) == (
        access.actor.kind,
        access.actor.id,
    )
    return is_own and access.allows(Permission.RUN_LOG)


def _not_found() -> NotFound:
    return NotFound("job_not_found", "No such job: what ended is forgotten after a while.", field="job_id")
