"""Writes of jobs by those who want something done, or not done any more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.audit.actors import SYSTEM
from apps.common.clock import now
from apps.common.errors import Conflict, PermissionDenied
from apps.jobs.dispatch import announce
from apps.jobs.models import MAX_ATTEMPTS, UNFINISHED, Job, JobState, JobTicket
from apps.jobs.queries import find_job, may_manage
from apps.projects.models import Project
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit


def enqueue(
    access_or_project_id: Access | int,
    kind: str,
    *,
    args: Mapping[str, Any] | None = None,
    key: str = "",
    delay_seconds: int = 0,
    max_attempts: int = MAX_ATTEMPTS,
) -> Job:
    """Have something done in a project, soon; inside the bound transaction of what makes it necessary.

    Args:
        access_or_project_id: in whose name; a project's key for the system's own work.
        kind: one of settings.JOB_HANDLERS.
        args: what the handler is told; it becomes JSON.
        key: with one, an unfinished job of the same kind and key is returned instead of a second one.
        delay_seconds: not before.
        max_attempts: after so many failures it is given up.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in settings.JOB_HANDLERS:
        raise ValueError(f"No handler is registered for jobs of kind {kind!r}.")
    job = Job(
        kind=kind,
        args=dict(args or {}),
        key=key,
        max_attempts=max_attempts,
        due_at=now() + timedelta(seconds=delay_seconds),
        **_owner(access_or_project_id),
    )
    stored = _store(job)
    if stored is job:
        _queue(job, _team_id(access_or_project_id))
    return stored


def cancel_job(access: Access, *, job_id: uuid.UUID) -> Job:
    """End a job that waits at once; ask one that runs to end, which it does at its next checkpoint.

    Raises:
        NotFound: the project has no such job.
        PermissionDenied: it is somebody else's, and the actor does not manage the project.
        Conflict: it has ended already.
    """
    with bound(access):
        job = _find_manageable(access, job_id)
        # The ticket first, as everywhere: see apps.jobs.claims.
        is_waiting = bool(JobTicket.objects.filter(pk=job_id, lease_until=None).delete()[0])
        jobs = Job.objects.in_project(access).filter(pk=job_id, state__in=UNFINISHED)
        changes: dict[str, Any] = {"cancel_requested_at": now()}
        if is_waiting:
            changes |= {"state": JobState.CANCELLED, "ended_at": now()}
        if not jobs.update(**changes):
            raise Conflict("job_ended", f"The job has {job.state} already.")
        _audit(access, "job.cancel", job)
        return find_job(access, job_id)


def retry_job(access: Access, *, job_id: uuid.UUID) -> Job:
    """Put a failed or cancelled job back into the queue, with all its attempts, where it was when it ended.

    Raises:
        NotFound: the project has no such job.
        PermissionDenied: it is somebody else's, and the actor does not manage the project.
        Conflict: it has not failed and was not cancelled, or another of the same key is under way.
    """
    with bound(access):
        job = _find_manageable(access, job_id)
        if job.key and _unfinished_twin(job) is not None:
            raise Conflict("job_under_way", "The same work is under way already.")
        jobs = Job.objects.in_project(access).filter(pk=job_id, state__in=[JobState.FAILED, JobState.CANCELLED])
        fresh = {"state": JobState.QUEUED, "attempts": 0, "due_at": now(), "ended_at": None, "error": ""}
        if not jobs.update(**fresh, cancel_requested_at=None):
            raise Conflict("job_not_ended", "Only a job that failed or was cancelled can be retried.")
        _audit(access, "job.retry", job)
        job = find_job(access, job_id)
        _queue(job, access.team.id)
        return job


def _find_manageable(access: Access, job_id: uuid.UUID) -> Job:
    access.require(Permission.RUN_LOG)
    job = find_job(access, job_id)
    if not may_manage(access, job):
        raise PermissionDenied("permission_denied", f"Permission denied: this needs {Permission.PROJECT_MANAGE.value}.")
    return job


def _audit(access: Access, action: str, job: Job) -> None:
    audit(access, action, "job", job.pk.hex, object_label=job.kind, project_slug=access.project.slug)


def _owner(owner: Access | int) -> dict[str, Any]:
    if isinstance(owner, int):
        return {"project_id": owner, "created_by_label": SYSTEM.label}
    actor = owner.actor
    if actor.id is None:  # the operator's work is the system's
        return {"project_id": owner.project.id, "created_by_label": actor.label}
    return {
        "project_id": owner.project.id,
        "created_by_kind": actor.kind,
        "created_by_id": actor.id,
        "created_by_label": actor.label,
        "token_id": owner.credential.token_id,
    }


def _team_id(owner: Access | int) -> int:
    if isinstance(owner, Access):
        return owner.team.id
    return Project.objects.values_list("team_id", flat=True).get(pk=owner)


def _store(job: Job) -> Job:
    """Insert the job, or find the unfinished one with its key."""
    if not job.key:
        job.save(force_insert=True)
        return job
    while True:
        # Waits for one that another transaction is inserting; when that one has ended meanwhile, there is room for ours.
        Job.unscoped.bulk_create([job], ignore_conflicts=True)
        found = _unfinished_twin(job)
        if found is not None:
            return job if found.pk == job.pk else found


def _unfinished_twin(job: Job) -> Job | None:
    return _of_same_key(job).filter(state__in=UNFINISHED).first()


def _of_same_key(job: Job) -> QuerySet[Job]:
    return Job.unscoped.filter(project_id=job.project_id, kind=job.kind, key=job.key)


def _queue(job: Job, team_id: int) -> None:
    JobTicket(job_id=job.pk, team_id=team_id, project_id=job.project_id, due_at=job.due_at).save(force_insert=True)
    if job.due_at <= now():
        transaction.on_commit(announce, robust=True)
