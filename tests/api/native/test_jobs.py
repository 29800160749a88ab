"""Background work in the native API: who sees it, and who may cancel and retry it."""

from __future__ import annotations

import pytest

from apps.audit.models import AuditEvent
from apps.jobs import worker
from apps.jobs.models import Job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from tests.api.native.http import data, get, post, refusal
from tests.budgets import Budget
from tests.factories.cast import Cast

JOBS = "/projects/acme/vision/jobs"


def put(access: Access, **more: str) -> Job:
    with bound(access):
        return enqueue(access, "usage_totals", **more)  # type: ignore[arg-type]


def at_job(job: Job, verb: str = "") -> str:
    return f"{JOBS}/{job.pk.hex}{verb}"


def test_a_job_from_its_beginning_to_its_end(cast: Cast) -> None:
    job = put(cast.member.access())
    queued = data(get(cast.viewer, at_job(job)))
    assert (queued["state"], queued["created_by"], queued["started_at"]) == ("queued", "member@acme.test", None)
    worker.run_next()
    done = data(get(cast.viewer, at_job(job)))
    assert (done["state"], done["progress_done"], done["progress_total"], done["error"]) == ("succeeded", 1, 1, "")


def test_the_list_is_newest_first_in_pages(cast: Cast, query_budget: Budget) -> None:
    jobs = [put(cast.member.access()).pk.hex for _ in range(3)]
    with query_budget("api/jobs"):
        first = data(get(cast.viewer, f"{JOBS}?page_size=2"))
    assert [job["job_id"] for job in first["items"]] == jobs[:0:-1]
    rest = data(get(cast.viewer, f"{JOBS}?page_size=2&page_token={first['next_page_token']}"))
    assert [job["job_id"] for job in rest["items"]] == jobs[:1]
    assert rest["next_page_token"] is None


def test_the_list_by_state_and_kind(cast: Cast) -> None:
    done, waiting = put(cast.member.access()), put(cast.member.access())
    worker.run_next()
    found = data(get(cast.viewer, f"{JOBS}?state=queued&state=running"))["items"]
    assert [job["job_id"] for job in found] == [waiting.pk.hex]
    assert len(data(get(cast.viewer, f"{JOBS}?kind=usage_totals"))["items"]) == 2
    assert data(get(cast.viewer, f"{JOBS}?kind=other"))["items"] == []
    assert refusal(get(cast.viewer, f"{JOBS}?state=lost"))[0] == 400
    assert done.pk != waiting.pk


def test_one_cancels_and_retries_ones_own(cast: Cast) -> None:
    job = put(cast.member.access())
    assert data(post(cast.member, at_job(job, "/cancel")))["state"] == "cancelled"
    assert refusal(post(cast.member, at_job(job, "/cancel")))[:2] == (409, "job_ended")
    assert data(post(cast.member, at_job(job, "/retry")))["state"] == "queued"
    assert refusal(post(cast.member, at_job(job, "/retry")))[:2] == (409, "job_not_ended")
    actions = AuditEvent.objects.filter(object_id=job.pk.hex).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["job.cancel", "job.retry"]
    worker.run_next()
    assert data(get(cast.member, at_job(job)))["state"] == "succeeded"


@pytest.mark.parametrize("verb", ["/cancel", "/retry"])
def test_those_of_others_and_of_the_system_take_a_maintainer(cast: Cast, verb: str) -> None:
    with bound_to_projects([cast.project.pk]):
        system = enqueue(cast.project.pk, "usage_totals")
    others = put(cast.admin.access())
    for job in (system, others):
        assert refusal(post(cast.member, at_job(job, verb)))[0] == 403
        assert refusal(post(cast.viewer, at_job(job, verb)))[0] == 403
        assert post(cast.owner, at_job(job, verb)).status_code in {200, 409}


def test_a_retry_gives_way_to_the_same_work_under_way(cast: Cast) -> None:
    job = put(cast.member.access(), key="totals")
    post(cast.member, at_job(job, "/cancel"))
    put(cast.member.access(), key="totals")
    assert refusal(post(cast.member, at_job(job, "/retry")))[:2] == (409, "job_under_way")


def test_absent_and_not_yours_look_the_same(cast: Cast) -> None:
    job = put(cast.member.access())
    absent = get(cast.member, f"{JOBS}/{'0' * 32}")
    theirs = get(cast.stranger, f"/projects/rival/vision/jobs/{job.pk.hex}")
    assert refusal(absent) == refusal(theirs) == (404, "job_not_found", "job_id")
    assert absent.content == theirs.content
    assert refusal(get(cast.member, f"{JOBS}/no-id"))[:2] == (404, "job_not_found")
