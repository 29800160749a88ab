"""A job while it runs: what its handler is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.audit.actors import Actor, ActorKind
from apps.common.errors import NotFound, Unauthenticated
from apps.jobs import claims
from apps.jobs.claims import Claim
from apps.jobs.errors import JobCancelled, JobFailed, JobInterrupted, LeaseLost
from apps.jobs.models import NOTE_LENGTH, Job
from apps.jobs.stopping import worker_is_stopping
from apps.projects.queries import project_access_by_id, system_access
from apps.projects.tenancy import bound_to_projects
from apps.teams.access import Access, Credential
from apps.teams.queries import credential_of_token


@dataclass(slots=True)
class RunningJob:
    """A claimed job.

    Attributes:
        access: the rights of its creator as they are now; read it anew after each checkpoint, which looks them up again.
        args: as they were when it was enqueued.
        cursor: as it was at the last checkpoint, of an earlier attempt too; empty at first.
    """

    claim: Claim
    kind: str
    access: Access
    args: dict[str, Any]
    cursor: dict[str, Any] = field(default_factory=dict)

    @property
    def project_id(self) -> int:
        """The project's key."""
        return self.claim.project_id

    def checkpoint(
        self, *, done: int, total: int | None = None, note: str = "", cursor: Mapping[str, Any] | None = None
    ) -> None:
        """Save how far it got. To be called between transactions: about every second, at the least every ten.

        Args:
            done: how many of `total` are done; any unit.
            total: None where it is not known.
            note: what is being done, for the project's members.
            cursor: what is needed to go on from here; None leaves the last one.

        Raises:
            JobCancelled: somebody wants it to end.
            JobInterrupted: the worker is about to stop.
            JobFailed: its creator has lost the right to it.
            LeaseLost: another worker has it by now.
        """
        changes: dict[str, Any] = {"progress_done": done, "progress_total": total, "note": note[:NOTE_LENGTH]}
        if cursor is not None:
            self.cursor = dict(cursor)
            changes["cursor"] = self.cursor
        if not claims.save_progress(self.claim, changes):
            raise LeaseLost
        job = _load(self.claim)
        self.access = _access(job)
        if job.cancel_requested_at is not None:
            raise JobCancelled
        if worker_is_stopping.is_set():
            raise JobInterrupted


def start(claim: Claim) -> RunningJob:
    """What a handler needs for the job that was claimed.

    Raises:
        JobCancelled: somebody wanted it to end, before this attempt.
        JobFailed: its creator has no rights in the project any more.
    """
    job = _load(claim)
    if job.cancel_requested_at is not None:
        raise JobCancelled
    return RunningJob(claim, job.kind, _access(job), dict(job.args), dict(job.cursor))


def _load(claim: Claim) -> Job:
    with bound_to_projects([claim.project_id], readonly=True):
        job: Job | None = Job.unscoped.filter(pk=claim.job_id, project_id=claim.project_id).first()
    if job is None:
        raise LeaseLost
    return job


def _access(job: Job) -> Access:
    try:
        if job.created_by_id is None:
            return system_access(job.project_id)
        return project_access_by_id(_credential(job), job.project_id)
    except NotFound as exc:
        raise JobFailed(f"The project is gone, or {job.created_by_label} has no rights in it any more.") from exc
    except Unauthenticated as exc:
        raise JobFailed("The token that this was asked for with was revoked or has expired.") from exc


def _credential(job: Job) -> Credential:
    if job.token_id is not None:
        return credential_of_token(job.token_id)
    return Credential(Actor(ActorKind(job.created_by_kind), job.created_by_id, job.created_by_label))
