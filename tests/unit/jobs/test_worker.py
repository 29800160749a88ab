"""What becomes of a job: each ending, in whose name it ran, and what its members may read of a failure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.common.clock import now
from apps.jobs import claims, sweep, worker
from apps.jobs.errors import JobCancelled, LeaseLost
from apps.jobs.models import Job, JobSchedule, JobState, JobTicket
from apps.jobs.running import start
from apps.jobs.services import cancel_job, enqueue, retry_job
from apps.jobs.stopping import worker_is_stopping
from apps.projects.queries import project_access, system_access
from apps.projects.services import delete_project
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.queries import token_credential
from apps.teams.services import remove_member, revoke_token
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.unit.jobs.queue import has_ticket, look, put, put_for_system


def let_it_be_due(job: Job) -> None:
    """Pass over the wait before the next attempt."""
    JobTicket.objects.filter(pk=job.pk).update(due_at=now())


def by_token(cast: Cast) -> Access:
    """The member's rights as of a request with a token."""
    return project_access(token_credential(cast.member.token), cast.team.slug, cast.project.slug)


def test_done(cast: Cast, query_budget: Budget) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    with query_budget("job/ten checkpoints"):
        assert worker.run_next()
    done = look(access, job)
    assert (done.state, done.progress_done, done.progress_total) == (JobState.SUCCEEDED, 10, 10)
    assert (done.attempts, done.error) == (1, "")
    assert done.started_at
    assert done.ended_at
    assert not has_ticket(job.pk)
    assert not worker.run_next()


def test_it_runs_in_the_name_of_who_asked(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    worker.run_next()
    assert look(access, job).note == "member@acme.test"


def test_the_systems_own_runs_as_the_system_with_all_rights_in_the_project(cast: Cast) -> None:
    access = cast.owner.access()
    job = put_for_system(access, "count_to_ten")
    worker.run_next()
    assert look(access, job).note == "system"
    assert system_access(access.project.id).allows(Permission.PROJECT_MANAGE)


def test_rights_are_those_of_the_moment_it_starts(cast: Cast) -> None:
    job = put(cast.member.access(), "count_to_ten")
    remove_member(cast.owner.team_access(), user_id=cast.member.user.pk)
    worker.run_next()
    ended = look(cast.owner.access(), job)
    assert ended.state == JobState.FAILED
    assert "member@acme.test has no rights in it" in ended.error


def test_a_job_is_never_broader_than_the_token_it_was_asked_for_with(cast: Cast) -> None:
    access = by_token(cast)
    put(access)
    claim = claims.claim_next()
    assert claim is not None
    assert start(claim).access.credential.scopes == access.credential.scopes
    assert start(claim).access.permissions == access.permissions


def test_a_token_that_is_revoked_takes_its_jobs_along(cast: Cast) -> None:
    access = by_token(cast)
    job = put(access)
    assert access.credential.token_id
    revoke_token(cast.owner.team_access(), token_id=access.credential.token_id)
    worker.run_next()
    ended = look(cast.owner.access(), job)
    assert ended.state == JobState.FAILED
    assert "token" in ended.error


def test_a_project_that_is_gone_has_no_work_done(cast: Cast) -> None:
    access = cast.owner.access()
    job = put_for_system(access)
    delete_project(access)
    worker.run_next()
    assert not has_ticket(job.pk)


def test_a_reason_that_no_retry_changes_is_shown_at_once(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "fail_for_good")
    worker.run_next()
    failed = look(access, job)
    assert (failed.state, failed.error, failed.attempts) == (JobState.FAILED, "There is nothing to count.", 1)


def test_retries_with_growing_waits_and_then_a_dead_letter(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "raise_secret")
    for attempt, least_seconds in enumerate([10, 20, 40, 80], start=1):
        began = now()
        assert worker.run_next()
        waiting = look(access, job)
        assert (waiting.state, waiting.attempts) == (JobState.QUEUED, attempt)
        assert least_seconds <= (waiting.due_at - began).total_seconds() <= least_seconds * 1.25 + 5
        assert not worker.run_next()
        let_it_be_due(job)
    assert worker.run_next()
    dead = look(access, job)
    assert (dead.state, dead.attempts) == (JobState.FAILED, 5)
    assert not has_ticket(job.pk)


def test_what_went_wrong_is_said_without_what_is_not_for_tenants(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    access = cast.member.access()
    job = put(access, "raise_secret")
    worker.run_next()
    error = look(access, job).error
    assert "RuntimeError" in error
    assert "password" not in error
    assert "password of the database" in caplog.text


def test_our_own_refusals_are_said_in_full(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "store_away")
    worker.run_next()
    assert look(access, job).error == "The artifact store does not answer."


def test_a_person_retries_a_dead_letter(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "raise_secret", max_attempts=1)
    worker.run_next()
    assert look(access, job).state == JobState.FAILED
    again = retry_job(access, job_id=job.pk)
    assert (again.state, again.attempts, again.error) == (JobState.QUEUED, 0, "")
    assert worker.run_next()
    assert look(access, job).state == JobState.FAILED


def test_cancelled_before_it_ran(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access)
    assert cancel_job(access, job_id=job.pk).state == JobState.CANCELLED
    assert not worker.run_next()


def test_cancelled_while_it_runs_at_the_next_checkpoint(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    claim = claims.claim_next()
    assert claim is not None
    running = start(claim)
    assert cancel_job(access, job_id=job.pk).state == JobState.RUNNING
    with pytest.raises(JobCancelled):
        running.checkpoint(done=1)
    assert claims.end(claim, JobState.CANCELLED)
    assert look(access, job).progress_done == 1


def test_a_worker_that_stops_gives_its_job_back_where_it_was(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    claim = claims.claim_next()
    assert claim is not None
    start(claim).checkpoint(done=4, total=10, cursor={"step": 4})
    claims.give_back(claim)
    back = look(access, job)
    assert (back.state, back.attempts, back.cursor) == (JobState.QUEUED, 0, {"step": 4})
    worker_is_stopping.set()
    assert not worker.run_next()
    worker_is_stopping.clear()
    assert worker.run_next()
    assert look(access, job).state == JobState.SUCCEEDED


def test_a_checkpoint_of_a_stopping_worker_ends_the_attempt_without_counting_it(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    claim = claims.claim_next()
    assert claim is not None
    worker_is_stopping.set()
    worker._run(claim)
    back = look(access, job)
    assert (back.state, back.attempts, back.cursor) == (JobState.QUEUED, 0, {"step": 1})


def test_a_lost_worker_is_noticed_and_its_late_words_do_not_count(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, "count_to_ten")
    claim = claims.claim_next()
    assert claim is not None
    running = start(claim)
    assert sweep.give_back_lost() == 0
    JobTicket.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
    assert sweep.give_back_lost() == 1
    waiting = look(access, job)
    assert (waiting.state, waiting.attempts, waiting.error) == (JobState.QUEUED, 1, "The worker that ran it was lost.")
    let_it_be_due(job)
    assert worker.run_next()
    with pytest.raises(LeaseLost):
        running.checkpoint(done=2)
    assert not claims.hold(claim)
    assert not claims.end(claim, JobState.FAILED, error="late")
    assert look(access, job).state == JobState.SUCCEEDED


def test_a_job_that_kills_each_worker_is_a_dead_letter_too(cast: Cast) -> None:
    access = cast.member.access()
    job = put(access, max_attempts=2)
    for _ in range(2):
        let_it_be_due(job)
        assert claims.claim_next() is not None
        JobTicket.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))
        sweep.give_back_lost()
    assert look(access, job).state == JobState.FAILED


def test_one_unfinished_job_a_key(cast: Cast) -> None:
    access = cast.member.access()
    first = put(access, key="nightly")
    assert put(access, key="nightly").pk == first.pk
    assert put(access, "count_to_ten", key="nightly").pk != first.pk
    assert put(access).pk != put(access).pk
    assert put(cast.stranger.access(), key="nightly").pk != first.pk
    worker.run_next()
    assert put(access, key="nightly").pk != first.pk


def test_nobody_can_ask_for_a_kind_that_is_not_there(cast: Cast) -> None:
    with pytest.raises(ValueError, match="shell"):
        put(cast.member.access(), "shell")


def test_a_transaction_that_fails_leaves_no_job_and_sends_no_message(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    access = cast.member.access()

    def fails() -> None:
        with bound(access):
            enqueue(access, "do_nothing")
            raise RuntimeError

    with django_capture_on_commit_callbacks() as sent, pytest.raises(RuntimeError):
        fails()
    assert not sent
    assert not JobTicket.objects.exists()


def test_periodic_jobs_are_enqueued_once_a_period_in_live_projects(cast: Cast, settings: Settings) -> None:
    settings.JOB_SCHEDULES = {"do_nothing": 3_600}
    delete_project(cast.owner.access(cast.restricted))
    assert sweep.enqueue_scheduled() == 0
    assert JobSchedule.objects.count() == 2
    JobSchedule.objects.update(next_at=now())
    assert sweep.enqueue_scheduled() == 2
    assert sweep.enqueue_scheduled() == 0
    assert JobTicket.objects.count() == 2
    JobSchedule.objects.update(next_at=now())
    assert sweep.enqueue_scheduled() == 2
    assert JobTicket.objects.count() == 2


def test_old_jobs_are_forgotten_and_unfinished_ones_never(cast: Cast) -> None:
    access = cast.member.access()
    old, fresh = put(access), put(access)
    worker.run_next()
    worker.run_next()
    waiting = put(access)
    with bound(access):
        jobs = Job.objects.in_project(access)
        jobs.filter(pk=old.pk).update(ended_at=now() - timedelta(days=31))
        jobs.filter(pk=waiting.pk).update(created_at=now() - timedelta(days=400))
    assert sweep.forget_old() == 1
    with bound(access, readonly=True):
        assert set(Job.objects.in_project(access).values_list("pk", flat=True)) == {fresh.pk, waiting.pk}
