"""Who runs which job: claims, leases, and the one order in which ticket and job are written.

Every write takes the ticket first and the job second, so that no two transactions wait for each other, and a worker's
writes count only while the ticket carries its claim.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from apps.common.clock import now
from apps.jobs.models import Job, JobLane, JobState, JobTicket
from apps.projects.tenancy import bound_to_projects

# Teams that wait are found by one index look-up each, however many tickets they have: the next greater team, again and
# again. Running jobs are as few as the workers.
_NEXT = """
WITH RECURSIVE waiting(team_id) AS (
    SELECT min(team_id) FROM jobs_jobticket WHERE lease_until IS NULL
    UNION ALL
    SELECT (SELECT min(t.team_id) FROM jobs_jobticket t WHERE t.lease_until IS NULL AND t.team_id > waiting.team_id)
    FROM waiting WHERE waiting.team_id IS NOT NULL
), running AS (
    SELECT team_id, count(*) AS jobs FROM jobs_jobticket WHERE lease_until IS NOT NULL GROUP BY team_id
)
SELECT waiting.team_id FROM waiting
LEFT JOIN running ON running.team_id = waiting.team_id
LEFT JOIN jobs_joblane lane ON lane.team_id = waiting.team_id
WHERE EXISTS (
    SELECT 1 FROM jobs_jobticket t WHERE t.team_id = waiting.team_id AND t.lease_until IS NULL AND t.due_at <= %s
)
ORDER BY COALESCE(running.jobs, 0), lane.served_at IS NOT NULL, lane.served_at, (
    SELECT min(t.due_at) FROM jobs_jobticket t WHERE t.team_id = waiting.team_id AND t.lease_until IS NULL
)
LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker runs, as long as the ticket says so."""

    job_id: uuid.UUID
    project_id: int
    token: uuid.UUID


def claim_next() -> Claim | None:
    """Take the job that is next: of the team with the fewest running, then the one served longest ago, its oldest.

    Returns:
        None when none is due that no other worker is taking at this moment.
    """
    with transaction.atomic():
        for team_id in _waiting_teams():
            ticket = _oldest(team_id)
            if ticket is not None and (claim := _take(ticket)) is not None:
                JobLane.objects.update_or_create(team_id=team_id, defaults={"served_at": now()})
                return claim
    return None


def hold(claim: Claim) -> bool:
    """Extend the lease; whether it was still held."""
    return bool(_held(claim).update(lease_until=_lease_end()))


def save_progress(claim: Claim, changes: dict[str, Any]) -> bool:
    """Extend the lease and change the job; whether the lease was still held."""
    with bound_to_projects([claim.project_id]):
        return hold(claim) and bool(_job(claim).update(**changes))


def end(claim: Claim, state: JobState, *, error: str = "") -> bool:
    """Finish the job; whether the lease was still held."""
    with bound_to_projects([claim.project_id]):
        if not _held(claim).delete()[0]:
            return False
        return bool(_job(claim).update(state=state, error=error, ended_at=now()))


def give_back(claim: Claim, *, delay_seconds: float = 0, error: str | None = None) -> bool:
    """Put the job back into the queue; whether the lease was still held.

    Args:
        claim: what is given back.
        delay_seconds: how long it has to wait.
        error: what went wrong; None when nothing did: then the attempt does not count.
    """
    due_at = now() + timedelta(seconds=delay_seconds)
    changes: dict[str, Any] = {"attempts": F("attempts") - 1} if error is None else {"error": error}
    with bound_to_projects([claim.project_id]):
        if not _held(claim).update(claim=None, lease_until=None, due_at=due_at):
            return False
        return bool(_job(claim).update(state=JobState.QUEUED, due_at=due_at, **changes))


def _waiting_teams() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [connection.ops.adapt_datetimefield_value(now())])
        return [team_id for (team_id,) in cursor.fetchall()]


def _oldest(team_id: int) -> JobTicket | None:
    """The team's first due ticket, locked; one that another worker is taking is passed over."""
    due = JobTicket.objects.filter(team_id=team_id, lease_until=None, due_at__lte=now()).order_by("due_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    return due.first()


def _take(ticket: JobTicket) -> Claim | None:
    claim = Claim(ticket.job_id, ticket.project_id, uuid.uuid4())
    with bound_to_projects([claim.project_id]):
        started = _job(claim).update(state=JobState.RUNNING, attempts=F("attempts") + 1, started_at=now())
    tickets = JobTicket.objects.filter(pk=ticket.pk)
    if not started:  # the job went with its project's rows
        tickets.delete()
        return None
    tickets.update(claim=claim.token, lease_until=_lease_end())
    return claim


def _held(claim: Claim) -> QuerySet[JobTicket]:
    return JobTicket.objects.filter(pk=claim.job_id, claim=claim.token)


def _job(claim: Claim) -> QuerySet[Job]:
    return Job.unscoped.filter(pk=claim.job_id, project_id=claim.project_id)


def _lease_end() -> datetime:
    return now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
