"""The page of a project's background work."""

from __future__ import annotations

from apps.jobs import worker
from apps.jobs.models import Job, JobState
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from tests.budgets import Budget
from tests.factories.cast import Cast, Person

PAGE = "/acme/vision/jobs"
FRAGMENT = {"HX-Request": "true"}


def put(person: Person) -> Job:
    access = person.access()
    with bound(access):
        return enqueue(access, "usage_totals")


def change(person: Person, job: Job, **fields: object) -> None:
    access = person.access()
    with bound(access):
        Job.objects.in_project(access).filter(pk=job.pk).update(**fields)


def test_an_empty_page_says_what_will_show_up(cast: Cast) -> None:
    page = cast.viewer.browser().get(PAGE).content.decode()
    assert "Nothing is going on" in page
    assert "every 3s" not in page


def test_it_asks_again_while_something_is_unfinished(cast: Cast, query_budget: Budget) -> None:
    put(cast.member)
    browser = cast.viewer.browser()
    with query_budget("page/jobs"):
        page = browser.get(PAGE, headers=FRAGMENT).content.decode()
    assert "<html" not in page
    assert f'hx-get="{PAGE}" hx-trigger="every 3s"' in page
    worker.run_next()
    assert "hx-get" not in browser.get(PAGE, headers=FRAGMENT).content.decode()


def test_progress_error_and_who_asked(cast: Cast) -> None:
    job = put(cast.member)
    change(cast.member, job, state=JobState.RUNNING, progress_done=3, progress_total=8, note="<b>Counting</b>")
    page = cast.viewer.browser().get(PAGE).content.decode()
    assert 'max="8" value="3"' in page
    assert "&lt;b&gt;Counting" in page
    assert "member@acme.test" in page
    change(cast.member, job, state=JobState.FAILED, error="The store is away.")
    page = cast.viewer.browser().get(PAGE).content.decode()
    assert "The store is away." in page
    assert "status-failed" in page


def test_buttons_for_those_who_may_press_them(cast: Cast) -> None:
    job = put(cast.member)
    address = f'action="{PAGE}/{job.pk.hex}/cancel"'
    assert address in cast.member.browser().get(PAGE).content.decode()
    assert address in cast.owner.browser().get(PAGE).content.decode()
    assert address not in cast.viewer.browser().get(PAGE).content.decode()


def test_cancel_and_retry(cast: Cast) -> None:
    job = put(cast.member)
    browser = cast.member.browser()
    page = browser.post(f"{PAGE}/{job.pk.hex}/cancel", follow=True).content.decode()
    assert "Cancelled." in page
    assert f'action="{PAGE}/{job.pk.hex}/retry"' in page
    assert "Queued again." in browser.post(f"{PAGE}/{job.pk.hex}/retry", follow=True).content.decode()
    assert cast.admin.browser().post(f"{PAGE}/{job.pk.hex}/retry").status_code == 409
    assert cast.viewer.browser().post(f"{PAGE}/{job.pk.hex}/cancel").status_code == 403


def test_the_progress_of_one_job_for_any_page(cast: Cast) -> None:
    job = put(cast.member)
    address = f"{PAGE}/{job.pk.hex}/progress"
    browser = cast.viewer.browser()
    running = browser.get(address)
    assert f'hx-get="{address}"' in running.content.decode()
    assert "HX-Refresh" not in running
    worker.run_next()
    ended = browser.get(address)
    assert "hx-get" not in ended.content.decode()
    assert ended["HX-Refresh"] == "true"
    assert cast.stranger.browser().get(address).status_code == 404
