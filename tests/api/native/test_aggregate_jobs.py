"""Curves of too many points for a request: a job, progress, kept curves, and what happens when something changes."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest

from apps.jobs import worker
from apps.jobs.models import Job, JobState
from apps.projects.tenancy import bound
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.points import Points
from apps.runs.models import MetricAggregate
from apps.runs.services import delete_experiment
from tests.api.native.http import Answer, Somebody, data, get, post
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.unit.metrics.runs import make_run

PATH = "/projects/acme/vision/metrics/aggregate"
TOO_MANY = 2_000_001
PIECE = 65_536


@pytest.fixture
def long_run(cast: Cast) -> uuid.UUID:
    access = cast.member.access()
    run_id = make_run(access)
    for start in range(0, TOO_MANY, PIECE):
        steps = np.arange(start, min(start + PIECE, TOO_MANY))
        log_points(access, run_id=run_id, points=Points.of_series("loss", steps, steps, steps / TOO_MANY))
    return run_id


def ask(who: Somebody, **question: Any) -> Answer:
    return post(who, PATH, {"experiment_id": 0, "key": "loss", **question})


def jobs(cast: Cast) -> list[Job]:
    access = cast.owner.access()
    with bound(access):
        return list(Job.objects.in_project(access).order_by("-id"))


def test_a_job_computes_them_once_for_everybody(cast: Cast, long_run: uuid.UUID, query_budget: Budget) -> None:
    queued = data(ask(cast.viewer), 202)
    assert (queued["state"], queued["progress_done"]) == ("queued", 0)
    assert data(ask(cast.member), 202)["job_id"] == queued["job_id"]
    assert data(get(cast.viewer, f"/projects/acme/vision/jobs/{queued['job_id']}"))["state"] == "queued"
    assert worker.run_next()
    (job,) = jobs(cast)
    assert (job.state, job.progress_done, job.progress_total, job.note) == (JobState.SUCCEEDED, 1, 1, "1 of 1 run")
    with query_budget("native/metrics/aggregate/kept"):
        answer = ask(cast.viewer)
    found = data(answer)
    assert (found["point_count"], found["is_stale"], found["job_id"]) == (TOO_MANY, False, None)
    assert found["series"][0]["count"] == [1] * 300
    assert found["series"][0]["max"][-1] == (TOO_MANY - 1) / TOO_MANY
    assert data(ask(cast.member))["computed_at_ms"] == found["computed_at_ms"]


def test_new_points_make_kept_curves_stale_until_a_job_is_done(cast: Cast, long_run: uuid.UUID) -> None:
    ask(cast.viewer)
    worker.run_next()
    log_points(cast.member.access(), run_id=long_run, points=Points.of_series("loss", [TOO_MANY], [1], [9.0]))
    stale = data(ask(cast.viewer))
    assert stale["is_stale"]
    assert stale["series"][0]["max"][-1] < 1
    assert stale["job_id"] == jobs(cast)[0].pk.hex
    assert worker.run_next()
    fresh = data(ask(cast.viewer))
    assert (fresh["is_stale"], fresh["series"][0]["max"][-1]) == (False, 9.0)
    access = cast.owner.access()
    with bound(access):
        assert MetricAggregate.objects.in_project(access).count() == 1


def test_another_question_is_another_job(cast: Cast, long_run: uuid.UUID) -> None:
    ask(cast.viewer)
    ask(cast.viewer, buckets=10)
    assert len(jobs(cast)) == 2


def test_the_page_shows_progress_then_curves(cast: Cast, long_run: uuid.UUID) -> None:
    browser, path = cast.viewer.browser(), "/acme/vision/experiments/0/curves?metric=loss"
    page = browser.get(path).content.decode()
    assert "Many points: the curves are being computed." in page
    (job,) = jobs(cast)
    assert f"job={job.pk}" in page
    assert "Queued" in browser.get(f"{path}&job={job.pk}").content.decode()
    worker.run_next()
    assert "data-curves" in browser.get(f"{path}&job={job.pk}", headers={"HX-Request": "true"}).content.decode()
    assert browser.get(f"{path}&job={uuid.uuid4()}").status_code == 404
    assert (
        cast.stranger.browser().get(f"/rival/vision/experiments/0/curves?metric=loss&job={job.pk}").status_code == 404
    )


def test_a_failed_job_is_said_and_not_begun_again_by_itself(cast: Cast, long_run: uuid.UUID) -> None:
    ask(cast.viewer)
    (job,) = jobs(cast)
    access = cast.owner.access()
    with bound(access):
        Job.objects.in_project(access).update(state=JobState.FAILED, error="The disk is full.")
    page = cast.viewer.browser().get(f"/acme/vision/experiments/0/curves?metric=loss&job={job.pk}").content.decode()
    assert "could not be computed: The disk is full." in page
    assert len(jobs(cast)) == 1


def test_a_question_that_lost_its_ground_ends_well(cast: Cast, long_run: uuid.UUID) -> None:
    ask(cast.viewer)
    delete_experiment(cast.owner.access(), number=0)
    assert worker.run_next()
    assert jobs(cast)[0].state == JobState.SUCCEEDED
    assert data(ask(cast.viewer))["run_count"] == 0
