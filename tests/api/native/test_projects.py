"""/me, /projects, /teams/{team}/projects and grants."""

from __future__ import annotations

import pytest

from apps.projects.models import Project
from tests.api.native.http import at, call, data, delete, everything, get, patch, post, refusal
from tests.factories.cast import Cast, Person

PROJECTS = "/teams/acme/projects"
VISION = "/projects/acme/vision"
GRANTS = f"{VISION}/grants"


def slugs(who: Person, path: str) -> list[tuple[str, str]]:
    return [(item["team"], item["slug"]) for item in data(get(who, path))["items"]]


def test_me_by_token(cast: Cast) -> None:
    me = data(get(cast.member, "/me"))
    assert me["actor"] == {"kind": "user", "id": cast.member.user.pk, "label": "member@acme.test"}
    assert me["token"]["scopes"] == ["admin", "read", "registry", "write"]
    assert [(team["slug"], team["role"]) for team in me["teams"]] == [("acme", "member")]
    assert [project["slug"] for project in me["projects"]] == ["vision"]
    assert "run:log" in me["projects"][0]["permissions"]


def test_me_of_a_machine(cast: Cast) -> None:
    me = data(get(cast.machine, "/me"))
    assert me["actor"]["kind"] == "service-account"
    assert [project["slug"] for project in me["projects"]] == ["vision"]


def test_lists_show_what_one_sees(cast: Cast) -> None:
    assert slugs(cast.owner, "/projects") == [("acme", "secret"), ("acme", "vision")]
    assert slugs(cast.member, "/projects") == [("acme", "vision")]
    assert slugs(cast.stranger, "/projects") == [("rival", "vision")]
    assert slugs(cast.owner, PROJECTS) == [("acme", "secret"), ("acme", "vision")]
    assert refusal(get(cast.stranger, PROJECTS)) == (404, "not_found", None)


def test_lists_come_in_pages(cast: Cast) -> None:
    whole = data(get(cast.owner, "/projects"))["items"]
    assert everything(cast.owner, "/projects", page_size=1) == whole
    assert everything(cast.owner, PROJECTS, page_size=1) == whole


def test_create_makes_the_default_experiment(cast: Cast) -> None:
    made = data(post(cast.member, PROJECTS, {"slug": "audio", "description": "Speech"}), 201)
    assert (made["team"], made["slug"], made["name"], made["visibility"]) == ("acme", "audio", "audio", "open")
    assert data(get(cast.member, "/projects/acme/audio/experiments/0"))["name"] == "Default"


def test_create_restricted_lets_its_maker_in(cast: Cast) -> None:
    made = data(post(cast.member, PROJECTS, {"slug": "audio", "visibility": "restricted"}), 201)
    assert "project:manage" in made["permissions"]
    assert get(cast.viewer, "/projects/acme/audio").status_code == 404


@pytest.mark.parametrize(
    ("slug", "status", "code"),
    [("vision", 409, "project_exists"), ("settings", 400, "reserved_slug"), ("A b", 400, "invalid_slug")],
)
def test_create_refusals(cast: Cast, slug: str, status: int, code: str) -> None:
    assert refusal(post(cast.member, PROJECTS, {"slug": slug})) == (status, code, "slug")


def test_create_needs_a_member(cast: Cast) -> None:
    assert refusal(post(cast.viewer, PROJECTS, {"slug": "audio"})) == (403, "permission_denied", None)
    assert refusal(post(cast.stranger, PROJECTS, {"slug": "audio"})) == (404, "not_found", None)
    assert not Project.objects.filter(slug="audio").exists()


def test_get(cast: Cast) -> None:
    assert data(get(cast.viewer, VISION))["permissions"] == ["project:read", "team:read", "token:own"]
    assert get(cast.member, at(cast.restricted)).content == get(cast.member, "/projects/acme/nothing").content
    assert get(cast.stranger, VISION).content == get(cast.stranger, "/projects/no/where").content


def test_update(cast: Cast) -> None:
    changed = data(patch(cast.admin, VISION, {"description": "Castings", "visibility": "restricted"}))
    assert (changed["name"], changed["description"], changed["visibility"]) == ("vision", "Castings", "restricted")
    assert get(cast.member, VISION).status_code == 404
    assert refusal(patch(cast.admin, VISION, {"visibility": "public"})) == (400, "invalid_input", "visibility")


def test_update_needs_a_maintainer(cast: Cast) -> None:
    assert refusal(patch(cast.member, VISION, {"name": "Mine"})) == (403, "permission_denied", None)
    assert refusal(patch(cast.stranger, VISION, {"name": "Mine"})) == (404, "not_found", None)


def test_delete_hides_it_from_everybody(cast: Cast) -> None:
    assert refusal(delete(cast.member, VISION)) == (403, "permission_denied", None)
    assert delete(cast.admin, VISION).status_code == 204
    assert refusal(get(cast.owner, VISION)) == (404, "not_found", None)
    assert slugs(cast.owner, "/projects") == [("acme", "secret")]
    assert refusal(post(cast.owner, PROJECTS, {"slug": "vision"}))[:2] == (409, "project_exists")


def test_grants(cast: Cast) -> None:
    granted = data(post(cast.admin, GRANTS, {"role": "maintainer", "user_id": cast.viewer.user.pk}))
    assert granted["holder"] == {"kind": "user", "id": cast.viewer.user.pk, "label": "viewer@acme.test"}
    assert patch(cast.viewer, VISION, {"name": "Vision"}).status_code == 200
    again = data(post(cast.admin, GRANTS, {"role": "editor", "user_id": cast.viewer.user.pk}))
    assert again["id"] == granted["id"]
    assert patch(cast.viewer, VISION, {"name": "Vision"}).status_code == 403
    data(post(cast.admin, GRANTS, {"role": "viewer", "service_account_id": cast.machine.account.pk}))
    listed = data(get(cast.member, GRANTS))["items"]
    assert [(item["role"], item["holder"]["label"]) for item in listed] == [
        ("editor", "viewer@acme.test"),
        ("viewer", "trainer"),
    ]
    assert everything(cast.member, GRANTS, page_size=1) == listed
    assert delete(cast.admin, f"{GRANTS}/{granted['id']}").status_code == 204
    assert refusal(delete(cast.admin, f"{GRANTS}/{granted['id']}")) == (404, "not_found", None)


def test_grant_refusals(cast: Cast) -> None:
    stranger = {"role": "viewer", "user_id": cast.stranger.user.pk}
    assert refusal(post(cast.admin, GRANTS, stranger)) == (400, "no_such_holder", "user_id")
    assert refusal(post(cast.admin, GRANTS, {"role": "viewer"})) == (400, "no_such_holder", "user_id")
    assert refusal(post(cast.admin, GRANTS, {"role": "owner", "user_id": 1})) == (400, "invalid_input", "role")
    assert refusal(post(cast.member, GRANTS, stranger)) == (403, "permission_denied", None)
    assert refusal(post(cast.stranger, GRANTS, stranger)) == (404, "not_found", None)


def test_grant_of_another_project_is_not_found(cast: Cast) -> None:
    granted = data(post(cast.admin, GRANTS, {"role": "editor", "user_id": cast.viewer.user.pk}))
    answer = call(cast.stranger, "DELETE", f"/projects/rival/vision/grants/{granted['id']}")
    assert refusal(answer) == (404, "not_found", None)
    assert delete(cast.admin, f"/projects/acme/secret/grants/{granted['id']}").status_code == 404
