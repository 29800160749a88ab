"""Models that another project shares, in the native API and on pages: read under its name, changed nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.jobs import worker
from apps.registry.services import create_model, create_version, share_model
from tests.api.native.http import call, data, delete, get, post, refusal
from tests.factories.cast import Cast, make_project
from tests.factories.models import make_model, make_version
from tests.factories.runs import make_run

HERE = "/projects/acme/vision"
LENT = f"{HERE}/registered-models/secret.taxi"


@pytest.fixture(autouse=True)
def shared(cast: Cast) -> None:
    """The restricted project's model, in the open one."""
    lender = cast.owner.access(cast.restricted)
    run = make_run(lender, name="secret-run")
    model = make_model(lender, experiment_number=0, run_id=run.pk, name="secret-model")
    make_version(lender, model, name="taxi")
    create_version(lender, name="taxi", source="models:/taxi/1")
    make_version(lender, model, name="hidden")
    share_model(lender, name="taxi", to_project="vision")


def test_it_is_read_and_listed_under_the_name_of_its_project(cast: Cast) -> None:
    assert data(get(cast.member, LENT))["name"] == "secret.taxi"
    assert [each["name"] for each in data(get(cast.member, f"{HERE}/registered-models"))["items"]] == ["secret.taxi"]
    listed = data(get(cast.member, f"{LENT}/versions"))["items"]
    assert [(each["name"], each["version"]) for each in listed] == [("secret.taxi", 2), ("secret.taxi", 1)]
    assert data(get(cast.member, f"{LENT}/versions/1"))["aliases"] == ["champion"]
    assert data(get(cast.member, f"{LENT}/aliases/champion"))["version"] == 1


def test_what_else_the_other_project_has_is_not_found(cast: Cast) -> None:
    hidden = f"{HERE}/registered-models/secret.hidden"
    for path in (hidden, f"{hidden}/versions", f"{hidden}/versions/1", f"{hidden}/aliases/champion"):
        assert refusal(get(cast.member, path))[0] == 404, path
    for path in (f"{LENT}/activity", f"{HERE}/lineage?name=secret.taxi&version=1"):
        assert refusal(get(cast.member, path))[0] == 404, path


def test_nothing_of_it_is_changed_from_here(cast: Cast) -> None:
    at = f"{LENT}/versions/1"
    tags = {"tags": {"k": "v"}}
    writes: list[tuple[str, str, Any]] = [
        ("PATCH", LENT, {"description": "x", "name": "mine"}),
        ("DELETE", LENT, None),
        ("POST", f"{LENT}/tags", tags),
        ("DELETE", f"{LENT}/tags/k", None),
        ("PUT", f"{LENT}/aliases/best", {"version": 1}),
        ("DELETE", f"{LENT}/aliases/champion", None),
        ("POST", f"{LENT}/versions", {"source": "models:/secret.taxi/1"}),
        ("PATCH", at, {"description": "x"}),
        ("DELETE", at, None),
        ("POST", f"{at}/tags", tags),
        ("DELETE", f"{at}/tags/k", None),
        ("PUT", f"{at}/stage", {"stage": "Production"}),
    ]
    for method, path, body in writes:
        assert refusal(call(cast.owner, method, path, body))[0] == 404, path
    assert refusal(post(cast.owner, f"{HERE}/registered-models", {"name": "secret.taxi"}))[0] == 409
    create_model(cast.owner.access(), name="mine")
    mine = f"{HERE}/registered-models/mine"
    assert refusal(call(cast.owner, "PATCH", mine, {"name": "secret.taxi", "description": "x"}))[0] == 409
    assert data(get(cast.owner, mine))["description"] == ""
    found = data(get(cast.member, at))
    assert (found["description"], found["stage"], found["aliases"]) == ("", "None", ["champion"])


def test_a_copy_is_registered_here_and_names_where_it_came_from(cast: Cast) -> None:
    create_model(cast.owner.access(), name="mine")
    made = data(post(cast.member, f"{HERE}/registered-models/mine/versions", {"source": "models:/secret.taxi/1"}), 201)
    assert (made["source"], made["run_id"], made["model_id"]) == ("models:/secret.taxi/1", None, None)
    again = {"source": "models:/mine/1"}
    data(post(cast.member, f"{HERE}/registered-models/mine/versions", again), 201)
    answer = get(cast.member, f"{HERE}/lineage?name=mine&version=1")
    labels = {node["label"]: node["state"] for node in data(answer)["nodes"]}
    assert labels == {"mine, version 1": "active", "secret.taxi/1": "gone", "mine, version 2": "active"}
    assert "secret-run" not in answer.content.decode()


def test_pages_of_it_show_no_lineage_and_offer_no_change(cast: Cast) -> None:
    browser = cast.owner.browser()
    for path in ("models/secret.taxi", "models/secret.taxi/versions/1"):
        page = browser.get(f"/acme/vision/{path}").content.decode()
        assert "secret.taxi" in page
        for words in ("Lineage", "secret-run", "Edit description", "Set a tag", "Compare A and B"):
            assert words not in page, (path, words)
    assert browser.get("/acme/vision/models/secret.taxi/compare").status_code == 404
    for path, fields in (
        ("describe", {"description": "x"}),
        ("tags", {"key": "k", "value": "v"}),
        ("tags/remove", {"key": "task"}),
    ):
        for at in ("models/secret.taxi", "models/secret.taxi/versions/1"):
            assert browser.post(f"/acme/vision/{at}/{path}", fields).status_code in (400, 404), path


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("models/secret.taxi/describe", {"description": "d" * 100_001}),
        ("models/secret.taxi/tags", {"key": "", "value": "v"}),
        ("models/secret.taxi/share", {"to_project": "/"}),
        ("models/secret.taxi/versions/1/describe", {"description": "d" * 100_001}),
        ("models/secret.taxi/versions/1/tags", {"key": "a;b", "value": "v"}),
        ("models/secret.taxi/versions/1/stage", {"stage": "Live"}),
        ("models/secret.taxi/versions/1/alias", {"alias": ""}),
    ],
)
def test_a_form_that_is_refused_for_it_is_shown_again(cast: Cast, path: str, fields: dict[str, str]) -> None:
    assert cast.owner.browser().post(f"/acme/vision/{path}", fields).status_code == 400


OWN = "/projects/acme/secret/registered-models/taxi"


def test_shares_are_listed_made_and_taken_back(cast: Cast) -> None:
    shares = f"{OWN}/shares"
    by = {"is_whole_team": False, "shared_by": "owner@acme.test"}
    assert data(get(cast.owner, shares)) == {"shares": [{"to_project": "vision", **by}]}
    whole = {"to_project": None, "is_whole_team": True, "shared_by": "owner@acme.test"}
    for _ in range(2):
        assert data(post(cast.owner, shares, {"to_project": None}))["shares"] == [whole, {"to_project": "vision", **by}]
    assert delete(cast.owner, shares).status_code == 204
    assert delete(cast.owner, f"{shares}/vision").status_code == 204
    assert data(get(cast.owner, shares)) == {"shares": []}
    assert refusal(get(cast.member, LENT))[0] == 404
    assert data(post(cast.owner, shares, {"to_project": "vision"}))["shares"] == [{"to_project": "vision", **by}]
    assert data(get(cast.member, LENT))["name"] == "secret.taxi"
    found = [event.after for event in AuditEvent.objects.filter(action="registered_model.share").order_by("pk")]
    assert found == [{"with": "vision"}, {"with": "*"}, {"with": "vision"}]


@pytest.mark.parametrize("target", ["secret", "nowhere", "theirs", ""])
def test_a_model_is_shared_within_the_team_alone(cast: Cast, target: str) -> None:
    make_project(cast.rival_team, "theirs")
    assert refusal(post(cast.owner, f"{OWN}/shares", {"to_project": target}))[0] == 400


def test_who_does_not_manage_the_project_shares_nothing_and_sees_no_shares(cast: Cast) -> None:
    path = "/projects/acme/vision/registered-models"
    make_version(
        cast.owner.access(),
        make_model(cast.owner.access(), experiment_number=0, run_id=make_run(cast.owner.access()).pk),
        name="own",
    )
    for answer in (
        get(cast.member, f"{path}/own/shares"),
        post(cast.member, f"{path}/own/shares", {"to_project": None}),
        delete(cast.member, f"{path}/own/shares"),
        delete(cast.member, f"{path}/own/shares/secret"),
    ):
        assert answer.status_code == 403
    assert refusal(get(cast.owner, f"{path}/secret.taxi/shares"))[0] == 404


def test_what_was_read_of_a_versions_files(cast: Cast) -> None:
    at = f"{OWN}/versions/1/package"
    assert data(get(cast.owner, at))["is_read"] is False
    while worker.run_next():
        pass
    for person, path in ((cast.owner, at), (cast.member, f"{LENT}/versions/1/package")):
        found = data(get(person, path))
        assert (found["is_read"], found["verdict"]) == (True, "clean")
        assert [each["name"] for each in found["flavors"]] == ["python_function"]
        assert [each["path"] for each in found["files"]] == ["MLmodel"]
        assert found["missing"] == ["conda.yaml", "python_env.yaml", "requirements.txt"]
    assert refusal(get(cast.member, f"{HERE}/registered-models/secret.hidden/versions/1/package"))[0] == 404
    assert refusal(get(cast.owner, f"{OWN}/versions/9/package"))[0] == 404
