"""The pages of the registry."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel
from apps.projects.services import set_grant
from apps.registry.queries import get_model, get_version
from apps.registry.services import create_version
from apps.runs.models import Run
from apps.teams.permissions import ProjectRole, TeamRole
from tests.factories.cast import Cast, Person, make_member, make_project
from tests.factories.models import MLMODEL, make_model, make_version
from tests.factories.runs import make_run

PROJECT = "/acme/vision"
NAME = "taxi <b>duration<b> é"


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.member.access(), name="trainer")


@pytest.fixture
def model(cast: Cast, run: Run) -> LoggedModel:
    return make_model(cast.member.access(), experiment_number=0, run_id=run.pk, name="lasso")


def page(person: Person, path: str, status: int = 200) -> str:
    answer = person.browser().get(path)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_an_empty_registry_says_how_to_register(cast: Cast) -> None:
    assert "registered_model_name" in page(cast.viewer, f"{PROJECT}/models")


def test_models_are_listed_with_their_versions_and_found_by_name(cast: Cast, model: LoggedModel) -> None:
    make_version(cast.owner.access(), model, name=NAME)
    listed = page(cast.viewer, f"{PROJECT}/models")
    assert "taxi &lt;b&gt;duration" in listed
    assert "<b>duration" not in listed
    assert "@champion: 1" in listed
    assert "taxi" in page(cast.viewer, f"{PROJECT}/models?q=DURATION")
    assert "No model of that name" in page(cast.viewer, f"{PROJECT}/models?q=nothing")


def test_a_model_and_its_version_are_shown_with_where_they_came_from(cast: Cast, model: LoggedModel, run: Run) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    shown = page(cast.viewer, f"{PROJECT}/models/taxi")
    for text in ("A model.", "trainer", "@champion", "models:/taxi@champion", "set alias"):
        assert text in shown, text
    assert "Delete model" not in shown
    version = page(cast.viewer, f"{PROJECT}/models/taxi/versions/1")
    for text in (f"models:/{model_id(model.pk)}", "MLmodel", "mlflow models serve", run.pk.hex):
        assert text in version, text
    assert "Promote" not in version
    page(cast.viewer, f"{PROJECT}/models/taxi/versions/2", status=404)
    page(cast.viewer, f"{PROJECT}/models/other", status=404)


def test_files_of_a_version_are_downloaded_as_attachments(cast: Cast, model: LoggedModel) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    answer: Any = cast.viewer.browser().get(f"{PROJECT}/models/taxi/versions/1/download?path=MLmodel")
    assert (b"".join(answer.streaming_content) if answer.streaming else answer.content) == MLMODEL
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_run_shows_its_models_and_registers_them(cast: Cast, model: LoggedModel, run: Run) -> None:
    at = f"{PROJECT}/runs/{run.pk.hex}/models"
    shown = page(cast.member, at)
    for text in ("lasso", "rmse on data", "not yet", "Register"):
        assert text in shown, text
    fields = {"name": "taxi", "model_id": model_id(model.pk)}
    answer = cast.member.browser().post(f"{at}/register", fields)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PROJECT}/models/taxi/versions/1")
    assert cast.member.browser().post(f"{at}/register", fields).headers["Location"].endswith("/versions/2")
    assert "taxi, version 1" in page(cast.viewer, at)
    assert "Register</button>" not in page(cast.viewer, at)
    assert cast.viewer.browser().post(f"{at}/register", fields).status_code == 403
    bad = cast.member.browser().post(f"{at}/register", fields | {"name": "a/b"})
    assert (bad.status_code, "cannot contain" in bad.content.decode()) == (400, True)
    foreign = cast.member.browser().post(f"{at}/register", fields | {"model_id": "m-" + "0" * 32})
    assert (foreign.status_code, "must be a folder of files" in foreign.content.decode()) == (400, True)


def test_maintainers_promote_and_delete(cast: Cast, model: LoggedModel) -> None:
    owner = cast.owner.access()
    make_version(owner, model, name="taxi")
    create_version(owner, name="taxi", source=f"models:/{model_id(model.pk)}")
    at, browser = f"{PROJECT}/models/taxi/versions", cast.owner.browser()
    for number in (1, 2):
        fields = {"stage": "Production", "archive_existing": "on"}
        assert browser.post(f"{at}/{number}/stage", fields).status_code == 302
    stages = [get_version(owner, "taxi", number).version.stage for number in (1, 2)]
    assert stages == ["Archived", "Production"]
    assert browser.post(f"{at}/2/alias", {"alias": "best"}).status_code == 302
    assert browser.post(f"{at}/1/alias/remove", {"alias": "champion"}).status_code == 302
    assert get_model(owner, "taxi").aliases == (("best", 2),)
    reserved = browser.post(f"{at}/2/alias", {"alias": "v1"})
    assert (reserved.status_code, "is reserved" in reserved.content.decode()) == (400, True)
    assert browser.post(f"{PROJECT}/models/taxi/describe", {"description": "# Fares"}).status_code == 302
    assert get_model(owner, "taxi").model.description == "# Fares"
    for path in (f"{at}/1/stage", f"{at}/1/alias", f"{at}/1/delete", f"{PROJECT}/models/taxi/delete"):
        assert cast.member.browser().post(path, {"stage": "Staging", "alias": "x"}).status_code == 403
        assert cast.stranger.browser().post(path, {"stage": "Staging", "alias": "x"}).status_code == 404
    assert browser.post(f"{at}/1/delete").status_code == 302
    page(cast.viewer, f"{at}/1", status=404)
    assert browser.post(f"{PROJECT}/models/taxi/delete").headers["Location"] == f"{PROJECT}/models"
    page(cast.viewer, f"{PROJECT}/models/taxi", status=404)


def test_a_model_is_shared_read_elsewhere_and_taken_back(cast: Cast, model: LoggedModel) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    at, there = f"{PROJECT}/models/taxi", "/acme/secret/models"
    assert "This project alone" in page(cast.owner, at)
    assert "Shared with" not in page(cast.member, at)
    answer = cast.owner.browser().post(f"{at}/share", {"to_project": "secret"})
    assert answer.status_code == 302
    assert "by owner@acme.test" in page(cast.owner, at)
    assert "vision.taxi" in page(cast.owner, there)
    borrowed = page(cast.owner, f"{there}/vision.taxi")
    assert "Shared by the project vision" in borrowed
    for hidden in ("Delete model", "Describe it", "Activity", "Shared with", "trainer"):
        assert hidden not in borrowed, hidden
    version = page(cast.owner, f"{there}/vision.taxi/versions/1")
    assert "models:/vision.taxi@champion" in version
    assert "Promote" not in version
    download: Any = cast.owner.browser().get(f"{there}/vision.taxi/versions/1/download?path=MLmodel")
    assert b"".join(download.streaming_content) if download.streaming else download.content == MLMODEL
    cast.owner.browser().post(f"{at}/unshare", {"to_project": "secret"})
    page(cast.owner, f"{there}/vision.taxi", status=404)
    assert "No models yet" in page(cast.owner, there)


def test_a_project_that_the_viewer_does_not_see_is_not_named(cast: Cast, model: LoggedModel) -> None:
    maintainer = make_member(cast.project, TeamRole.MEMBER, name="maintainer")
    set_grant(cast.owner.access(), role=ProjectRole.MAINTAINER, user_id=maintainer.user.pk)
    make_version(cast.owner.access(), model, name="taxi")
    at = f"{PROJECT}/models/taxi"
    cast.owner.browser().post(f"{at}/share", {"to_project": "secret"})
    shown = page(maintainer, at)
    assert "a project that you do not see" in shown
    assert "secret" not in shown
    assert "secret" not in page(cast.member, at)


@pytest.mark.parametrize("target", ["nowhere", "vision", "theirs"])
def test_a_model_is_shared_with_projects_of_the_team_alone(cast: Cast, model: LoggedModel, target: str) -> None:
    make_project(cast.rival_team, "theirs")
    make_version(cast.owner.access(), model, name="taxi")
    answer = cast.owner.browser().post(f"{PROJECT}/models/taxi/share", {"to_project": target})
    assert answer.status_code == 400
    assert "The team has no other project" in answer.content.decode()


def test_who_does_not_manage_the_project_shares_nothing(cast: Cast, model: LoggedModel) -> None:
    make_version(cast.owner.access(), model, name="taxi")
    for path in ("share", "unshare"):
        answer = cast.member.browser().post(f"{PROJECT}/models/taxi/{path}", {"to_project": ""})
        assert answer.status_code == 403
