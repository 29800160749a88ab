"""Totals that drifted are put right by the daily recount, and right ones are left alone."""

from __future__ import annotations

import pytest

from apps.artifacts.models import ProjectUsage, TeamUsage
from apps.artifacts.queries import Usage, project_usage, team_usage
from apps.jobs import worker
from apps.jobs.queries import find_job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from apps.teams.access import Access
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast, make_project
from tests.factories.runs import make_run


def recount(access: Access) -> str:
    with bound(access):
        job = enqueue(access.project.id, "usage_totals")
    assert worker.run_next()
    with bound(access, readonly=True):
        return find_job(access, job.pk).note


def fill(access: Access) -> None:
    run = make_run(access)
    make_artifact(access, run.pk, "a.txt", b"12345")
    make_artifact(access, run.pk, "b.txt", b"12345")
    make_artifact(access, run.pk, "c.txt", b"123")


def test_right_figures_stay(cast: Cast) -> None:
    access = cast.owner.access()
    assert recount(access) == "All figures were right."
    fill(access)
    assert recount(access) == "All figures were right."
    assert project_usage(access) == Usage(3, 13, 8)


def test_wrong_figures_are_put_right_and_said_in_the_log(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    other = make_project(cast.team, "audio")
    fill(cast.owner.access(other))
    access = cast.owner.access()
    fill(access)
    with bound(access):
        ProjectUsage.objects.in_project(access).update(file_count=7, stored_bytes=1)
        TeamUsage.objects.filter(pk=access.team.id).update(file_count=1, stored_bytes=9)
    assert recount(access) == "Put right."
    assert project_usage(access) == Usage(3, 13, 8)
    assert team_usage(access) == Usage(6, 26, 16)
    assert "was off by" in caplog.text


def test_a_row_that_is_missing_is_made(cast: Cast) -> None:
    access = cast.owner.access()
    fill(access)
    with bound(access):
        ProjectUsage.objects.in_project(access).delete()
    recount(access)
    assert project_usage(access) == team_usage(access) == Usage(3, 13, 8)
