"""The pages of a project: front page, how to connect, settings and grants."""

from __future__ import annotations

import pytest

from apps.projects.models import Project, ProjectGrant
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import make_experiment, make_run

PAGES = ["/acme/vision", "/acme/vision/", "/acme/vision/connect", "/acme/vision/jobs", "/acme/vision/settings"]


@pytest.mark.parametrize("path", PAGES)
def test_the_team_sees_it_and_strangers_see_nothing(cast: Cast, path: str) -> None:
    assert cast.owner.browser().get(path).status_code == 200
    assert cast.viewer.browser().get(path).status_code == 200
    stranger = cast.stranger.browser()
    assert stranger.get(path).status_code == 404
    assert stranger.get(path).content == stranger.get(path.replace("vision", "nothing")).content
    assert cast.anonymous.get(path)["Location"].startswith("/accounts/sign-in")


def test_a_restricted_project_is_absent_without_a_grant(cast: Cast) -> None:
    assert cast.owner.browser().get("/acme/secret").status_code == 200
    assert cast.member.browser().get("/acme/secret").status_code == 404


def test_an_empty_project_says_how_to_begin(cast: Cast) -> None:
    page = cast.owner.browser().get("/acme/vision").content.decode()
    assert "export MLFLOW_TRACKING_URI=http://127.0.0.1:8000/acme/vision" in page
    assert "Default" in page


def test_experiments_and_newest_runs(cast: Cast) -> None:
    access = cast.owner.access()
    experiment = make_experiment(access, "baseline")
    run = make_run(access, experiment_number=experiment.number, name="first-try")
    page = cast.viewer.browser().get("/acme/vision").content.decode()
    assert f'href="/acme/vision/experiments/{experiment.number}"' in page
    assert f'href="/acme/vision/runs/{run.pk.hex}"' in page
    assert "MLFLOW_TRACKING_URI" not in page


def test_the_page_follows_links_of_the_stock_client(cast: Cast) -> None:
    page = cast.owner.browser().get("/acme/vision/").content.decode()
    assert 'data-module="hash-route" data-base="/acme/vision"' in page


def test_a_maintainer_changes_settings(cast: Cast) -> None:
    fields = {"name": "Vision 2", "description": "All cameras", "visibility": "restricted"}
    answer = cast.admin.browser().post("/acme/vision/settings/update", fields, follow=True)
    assert "Saved." in answer.content.decode()
    project = Project.objects.get(pk=cast.project.pk)
    assert (project.name, project.description, project.visibility) == ("Vision 2", "All cameras", "restricted")
    assert cast.member.browser().get("/acme/vision").status_code == 404


def test_wrong_settings_stand_on_the_page(cast: Cast) -> None:
    answer = cast.admin.browser().post("/acme/vision/settings/update", {"name": "", "visibility": "open"})
    assert answer.status_code == 400
    assert "This field is required" in answer.content.decode()


def test_a_member_changes_nothing(cast: Cast) -> None:
    browser = cast.member.browser()
    page = browser.get("/acme/vision/settings").content.decode()
    assert "Delete project" not in page
    assert "Grant<" not in page
    for action in ("update", "grants", "delete"):
        assert browser.post(f"/acme/vision/settings/{action}").status_code == 403


def test_a_grant_opens_a_restricted_project_and_its_end_closes_it(cast: Cast) -> None:
    admin, member = cast.admin.browser(), cast.member
    holder = f"user:{member.user.pk}"
    admin.post("/acme/secret/settings/grants", {"holder": holder, "role": "viewer"})
    assert member.browser().get("/acme/secret").status_code == 200
    assert "member@acme.test" in admin.get("/acme/secret/settings").content.decode()
    grant = ProjectGrant.objects.get(user=member.user)
    admin.post(f"/acme/secret/settings/grants/{grant.pk}/remove")
    assert member.browser().get("/acme/secret").status_code == 404


def test_only_the_teams_own_can_hold_a_grant(cast: Cast) -> None:
    holder = f"user:{cast.stranger.user.pk}"
    answer = cast.admin.browser().post("/acme/secret/settings/grants", {"holder": holder, "role": "viewer"})
    assert answer.status_code == 400
    assert not ProjectGrant.objects.filter(user=cast.stranger.user).exists()


def test_delete_project_hides_it(cast: Cast) -> None:
    browser = cast.owner.browser()
    assert browser.post("/acme/vision/settings/delete")["Location"] == "/acme"
    assert browser.get("/acme/vision").status_code == 404


def test_project_statements_do_not_grow_with_runs(cast: Cast, query_budget: Budget) -> None:
    for number in range(3):
        make_run(cast.owner.access(), name=f"run-{number}")
    browser = cast.owner.browser()
    with query_budget("page/project"):
        browser.get("/acme/vision")
