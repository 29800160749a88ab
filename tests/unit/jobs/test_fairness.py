"""No team waits for another's backlog: counted in jobs, not in seconds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection

from apps.common.clock import now
from apps.common.ids import uuid7
from apps.jobs import claims
from apps.jobs.models import Job, JobState, JobTicket
from apps.projects.tenancy import bound
from apps.teams.access import Access
from tests.factories.cast import Cast, make_project
from tests.unit.jobs.queue import put

BACKLOG = 10_000


def fill(access: Access, count: int = BACKLOG) -> None:
    """Many jobs at once: as `enqueue` makes them, without a message each."""
    owner = {"project_id": access.project.id}
    jobs = [Job(kind="do_nothing", **owner) for _ in range(count)]
    with bound(access):
        Job.objects.in_project(access).bulk_create(jobs, batch_size=1_000)
        tickets = [JobTicket(job_id=job.pk, team_id=access.team.id, due_at=job.due_at, **owner) for job in jobs]
        JobTicket.objects.bulk_create(tickets, batch_size=1_000)


def claimed_teams(count: int) -> Iterator[int]:
    """The project of each of the next jobs, one after the other by one worker."""
    for _ in range(count):
        claim = claims.claim_next()
        assert claim is not None
        yield claim.project_id
        claims.end(claim, JobState.SUCCEEDED)


def test_the_first_job_of_a_team_passes_the_ten_thousand_of_another(cast: Cast) -> None:
    crowd, single = cast.owner.access(), cast.stranger.access()
    fill(crowd)
    assert claims.claim_next() is not None  # the crowd's first is running
    put(single)
    claim = claims.claim_next()
    assert claim is not None
    assert claim.project_id == single.project.id


def test_teams_take_turns_whatever_they_have_queued(cast: Cast) -> None:
    crowd, few = cast.owner.access(), cast.stranger.access()
    fill(crowd, 200)
    fill(few, 5)
    turns = list(claimed_teams(12))
    assert turns[:10].count(few.project.id) == 5
    assert turns[10:] == [crowd.project.id] * 2


def test_a_team_does_not_gain_by_having_many_projects(cast: Cast) -> None:
    crowd, few = cast.owner.access(), cast.stranger.access()
    for number in range(4):
        fill(cast.owner.access(make_project(cast.team, f"more-{number}")), 20)
    crowd = cast.owner.access()
    fill(crowd, 20)
    fill(few, 5)
    assert list(claimed_teams(10)).count(few.project.id) == 5


def test_of_one_team_the_oldest_is_first(cast: Cast) -> None:
    access = cast.owner.access()
    jobs = [put(access) for _ in range(3)]
    claimed = [claims.claim_next() for _ in range(3)]
    assert [claim and claim.job_id for claim in claimed] == [job.pk for job in jobs]


def test_what_is_not_due_is_not_claimed(cast: Cast) -> None:
    put(cast.owner.access(), delay_seconds=60)
    assert claims.claim_next() is None


def test_a_ticket_whose_job_is_gone_is_dropped(cast: Cast) -> None:
    access = cast.owner.access()
    stray = uuid7()
    JobTicket.objects.create(job_id=stray, team_id=access.team.id, project_id=access.project.id, due_at=now())
    assert claims.claim_next() is None
    assert not JobTicket.objects.filter(pk=stray).exists()


def test_choosing_reads_no_table_from_end_to_end(cast: Cast) -> None:
    fill(cast.owner.access())
    fill(cast.stranger.access(), 10)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE jobs_jobticket")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {claims._NEXT}", [now()])
            plan = _text(cursor.fetchall())
            assert "Seq Scan on jobs_jobticket" not in plan, plan
        else:
            cursor.execute("ANALYZE")
            cursor.execute(f"EXPLAIN QUERY PLAN {claims._NEXT}", [str(now())])
            plan = _text(row[3:] for row in cursor.fetchall())
            assert "SCAN t " not in plan.replace("SCAN t USING", ""), plan
            assert "SCAN jobs_jobticket\n" not in plan, plan


def _text(rows: Any) -> str:
    return "\n".join(str(row[0]) for row in rows) + "\n"


def test_two_claims_of_a_job_never_have_the_same_token(cast: Cast) -> None:
    put(cast.owner.access())
    first = claims.claim_next()
    assert first is not None
    assert claims.give_back(first)
    second = claims.claim_next()
    assert second is not None
    assert second.job_id == first.job_id
    assert isinstance(second.token, uuid.UUID)
    assert second.token != first.token
    assert not claims.end(first, JobState.SUCCEEDED)
    assert claims.end(second, JobState.SUCCEEDED)
