"""Models that one project of a team shares with another: read there under `<project>.<name>`, and nothing besides."""

from __future__ import annotations

import random

import pytest
from pytest_django import Settings

from apps.artifacts.models import ProjectUsage
from apps.projects.services import delete_project
from apps.registry.services import share_model, unshare_model
from apps.teams.permissions import Visibility
from tests.api.artifacts.files import PROXY
from tests.api.mlflow.caller import Caller
from tests.api.mlflow.registry import CONTENT, Registry, registry_of
from tests.factories.cast import Cast, make_project

ABSENT = (404, "RESOURCE_DOES_NOT_EXIST")
LENT = "secret.taxi"


@pytest.fixture
def lender(cast: Cast) -> Registry:
    """The owner in the restricted project, with a model of one version that has an alias."""
    registry = registry_of(Caller(cast.owner.headers, base="/acme/secret"))
    registry.new_model("taxi")
    registry.new_model("hidden")
    for name in ("taxi", "hidden"):
        registry.new_version(name)
        registry.post("registered-models/alias", name=name, alias="champion", version="1")
    return registry


@pytest.fixture
def borrower(cast: Cast, lender: Registry) -> Registry:
    """A member who does not see the restricted project, in the open one."""
    return registry_of(Caller(cast.member.headers))


@pytest.fixture
def shared(cast: Cast, lender: Registry) -> None:
    share_model(cast.owner.access(cast.restricted), name="taxi", to_project="vision")


def ask(registry: Registry, path: str, **query: object) -> tuple[int, str | None]:
    reply = registry.get(path, **query)
    return reply.status, reply.code


def reads(registry: Registry, name: str) -> set[tuple[int, str | None]]:
    """What all the ways to read a model answer."""
    return {
        ask(registry, "registered-models/get", name=name),
        ask(registry, "registered-models/get-latest-versions", name=name),
        ask(registry, "registered-models/alias", name=name, alias="champion"),
        ask(registry, "model-versions/get", name=name, version="1"),
        ask(registry, "model-versions/get-download-uri", name=name, version="1"),
    }


def names(registry: Registry, **query: object) -> list[str]:
    found = registry.get("registered-models/search", **query).body.get("registered_models", [])
    return [model["name"] for model in found]


@pytest.mark.usefixtures("shared")
def test_a_shared_model_is_read_in_every_way_under_the_name_of_its_project(borrower: Registry) -> None:
    assert reads(borrower, LENT) == {(200, None)}
    model = borrower.model(LENT)
    assert (model["name"], model["aliases"]) == (LENT, [{"alias": "champion", "version": "1"}])
    assert [version["name"] for version in model["latest_versions"]] == [LENT]
    assert borrower.version(name=LENT)["name"] == LENT
    assert borrower.listed(name=LENT) == ["MLmodel", "data"]
    assert borrower.content(name=LENT) == CONTENT
    served = borrower.files.raw("GET", f"/model-versions/get-artifact?name={LENT}&version=1&path=MLmodel")
    assert (served.status_code, served.content) == (200, CONTENT)


@pytest.mark.usefixtures("shared")
def test_searches_list_it_among_the_projects_own(borrower: Registry) -> None:
    borrower.new_model("alpha")
    borrower.new_model("zeta")
    assert names(borrower) == ["alpha", LENT, "zeta"]
    assert names(borrower, filter="name LIKE 'secret.%'") == [LENT]
    assert names(borrower, filter="name = 'taxi'") == []
    first = borrower.get("registered-models/search", max_results=2, order_by=["name DESC"]).body
    rest = borrower.get(
        "registered-models/search", max_results=2, order_by=["name DESC"], page_token=first["next_page_token"]
    )
    found = [*first["registered_models"], *rest.body["registered_models"]]
    assert [model["name"] for model in found] == ["zeta", LENT, "alpha"]
    assert borrower.stages(LENT) == {"1": "None"}
    every = borrower.get("model-versions/search").body["model_versions"]
    assert [(version["name"], version["version"]) for version in every] == [(LENT, "1")]


@pytest.mark.usefixtures("shared")
def test_nothing_else_of_the_lender_can_be_reached(borrower: Registry, lender: Registry) -> None:
    assert {status for status, _ in reads(borrower, "secret.hidden")} == {404}
    assert reads(borrower, "secret.hidden") == reads(borrower, "nowhere.hidden")
    hidden = lender.root(name="hidden")
    shown = lender.root(name="taxi")
    files = borrower.files
    assert files.raw("GET", f"{PROXY}/artifacts/{hidden}/MLmodel").status_code == 404
    assert files.ask(f"{PROXY}/artifacts", path=hidden).status == 404
    assert files.raw("GET", f"{PROXY}/artifacts/{shown}/MLmodel").status_code == 200
    assert files.raw("PUT", f"{PROXY}/artifacts/{shown}/MLmodel", b"mine").status_code in (400, 404)
    assert files.raw("DELETE", f"{PROXY}/artifacts/{shown}/MLmodel").status_code in (400, 403, 404)
    assert ask(borrower, "runs/get", run_id=lender.run_id) == ABSENT
    for source in (f"runs:/{lender.run_id}/model", f"mlflow-artifacts:/{hidden}", "models:/secret.hidden/1"):
        borrower.post("registered-models/create", name="copy")
        assert borrower.create_version("copy", source=source).status == 400, source


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("PATCH", "registered-models/update", {"description": "mine"}),
        ("POST", "registered-models/rename", {"new_name": "mine"}),
        ("DELETE", "registered-models/delete", {}),
        ("POST", "registered-models/set-tag", {"key": "k", "value": "v"}),
        ("DELETE", "registered-models/delete-tag", {"key": "k"}),
        ("POST", "registered-models/alias", {"alias": "mine", "version": "1"}),
        ("DELETE", "registered-models/alias", {"alias": "champion"}),
        ("PATCH", "model-versions/update", {"version": "1", "description": "mine"}),
        ("DELETE", "model-versions/delete", {"version": "1"}),
        ("POST", "model-versions/transition-stage", {"version": "1", "stage": "Production"}),
        ("POST", "model-versions/set-tag", {"version": "1", "key": "k", "value": "v"}),
        ("DELETE", "model-versions/delete-tag", {"version": "1", "key": "k"}),
        ("POST", "model-versions/create", {"source": "models:/secret.taxi/1"}),
    ],
)
def test_it_is_changed_only_where_it_belongs(
    cast: Cast, lender: Registry, method: str, path: str, fields: dict[str, str]
) -> None:
    before = lender.model("taxi"), lender.version(name="taxi")
    admin = Registry(Caller(cast.admin.headers))
    reply = {"POST": admin.post, "PATCH": admin.patch, "DELETE": admin.delete}[method](path, name=LENT, **fields)
    assert reply.status == 404, reply
    assert (lender.model("taxi"), lender.version(name="taxi")) == before


@pytest.mark.usefixtures("shared")
def test_a_change_is_refused_with_words_that_say_where(borrower: Registry) -> None:
    reply = borrower.patch("registered-models/update", name=LENT, description="mine")
    assert "changed only there" in reply.message


@pytest.mark.usefixtures("shared")
def test_taken_back_it_is_gone_at_once(cast: Cast, borrower: Registry, lender: Registry) -> None:
    root = borrower.root(name=LENT)
    assert borrower.content(name=LENT) == CONTENT
    unshare_model(cast.owner.access(cast.restricted), name="taxi", to_project="vision")
    assert reads(borrower, LENT) == reads(borrower, "nowhere.taxi")
    assert names(borrower) == []
    assert borrower.files.raw("GET", f"{PROXY}/artifacts/{root}/MLmodel").status_code == 404
    assert borrower.files.ask(f"{PROXY}/artifacts", path=root).status == 404
    assert lender.content(name="taxi") == CONTENT


def test_the_whole_team_reads_what_is_shared_with_it_and_other_teams_do_not(
    cast: Cast, lender: Registry, borrower: Registry, stranger: Caller
) -> None:
    share_model(cast.owner.access(cast.restricted), name="taxi", to_project=None)
    later = make_project(cast.team, "later", visibility=Visibility.OPEN)
    assert reads(borrower, LENT) == {(200, None)}
    assert reads(Registry(Caller(cast.viewer.headers, base=f"/acme/{later.slug}")), LENT) == {(200, None)}
    outside = Registry(stranger)
    assert reads(outside, LENT) == reads(outside, "nowhere.taxi")
    assert names(outside) == []
    assert names(lender) == ["hidden", "taxi"]
    served = Registry(stranger, "0" * 32).files.raw(
        "GET", f"/rival{PROXY}/artifacts/{lender.root(name='taxi')}/MLmodel"
    )
    assert served.status_code == 404


@pytest.mark.usefixtures("shared")
def test_a_deleted_project_shares_nothing(cast: Cast, borrower: Registry) -> None:
    delete_project(cast.owner.access(cast.restricted))
    assert reads(borrower, LENT) == reads(borrower, "nowhere.taxi")
    assert names(borrower) == []


@pytest.mark.usefixtures("shared")
def test_a_name_that_is_borrowed_cannot_be_taken(cast: Cast, borrower: Registry) -> None:
    assert borrower.post("registered-models/create", name=LENT).code == "RESOURCE_ALREADY_EXISTS"
    borrower.new_model("mine")
    assert borrower.post("registered-models/rename", name="mine", new_name=LENT).code == "RESOURCE_ALREADY_EXISTS"
    borrower.new_model("secret.hidden")
    assert borrower.model("secret.hidden")["name"] == "secret.hidden"


def test_a_model_of_the_projects_own_goes_before_a_borrowed_one(cast: Cast, borrower: Registry) -> None:
    borrower.new_model(LENT, description="own")
    share_model(cast.owner.access(cast.restricted), name="taxi", to_project="vision")
    assert borrower.model(LENT)["description"] == "own"
    assert ask(borrower, "model-versions/get", name=LENT, version="1") == ABSENT
    assert names(borrower) == [LENT]
    assert "model_versions" not in borrower.get("model-versions/search").body


@pytest.fixture(params=[0, 65_536], ids=["in the store", "in rows"])
def inline_bytes(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Where the bytes of small files are kept."""
    settings.INLINE_ARTIFACT_BYTES = request.param


@pytest.mark.usefixtures("inline_bytes", "shared")
def test_registering_a_borrowed_version_copies_its_files(cast: Cast, borrower: Registry, lender: Registry) -> None:
    theirs = lender.version(name="taxi")
    # It has the same bytes, and nothing would have to be copied.
    assert borrower.files.delete().status == 200
    borrower.new_model("copy")
    number = borrower.new_version("copy", source=f"models:/{LENT}@champion", run_id=theirs["run_id"])
    copied = borrower.version(number, "copy")
    assert copied["source"] == f"models:/{LENT}/1"
    assert "run_id" not in copied or not copied["run_id"]
    usage = ProjectUsage.unscoped.get(project=cast.project)
    # Two files of the same bytes: kept once.
    assert (usage.file_count, usage.stored_bytes) == (2, len(CONTENT))
    for name in ("taxi", "hidden"):
        assert lender.delete("registered-models/delete", name=name).status == 200
    assert lender.files.delete().status == 200
    assert borrower.listed(number, "copy") == ["MLmodel", "data"]
    assert borrower.content(number=number, name="copy") == CONTENT
    assert borrower.content("data/weights.bin", number=number, name="copy") == CONTENT
    again = borrower.new_version("copy", source="models:/copy/1")
    assert borrower.content(number=again, name="copy") == CONTENT


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("source", ["models:/secret.taxi/9", "models:/secret.taxi@none", "models:/secret.taxi/Staging"])
def test_a_borrowed_source_that_is_not_there_is_refused_as_any(borrower: Registry, source: str) -> None:
    borrower.new_model("copy")
    reply = borrower.create_version("copy", source=source)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert "model_versions" not in borrower.get("model-versions/search", filter="name = 'copy'").body


@pytest.mark.parametrize("seed", range(6))
def test_search_lists_exactly_what_get_allows(cast: Cast, seed: int) -> None:
    """Random models, shares and takings back among four projects and another team's."""
    chance = random.Random(seed)
    homes = [cast.project, cast.restricted, make_project(cast.team, "labs"), make_project(cast.team, "ads")]
    access = {home.slug: cast.owner.access(home) for home in homes}
    callers = {home.slug: Registry(Caller(cast.owner.headers, base=f"/acme/{home.slug}")) for home in homes}
    models = {
        (home.slug, callers[home.slug].new_model(name))
        for home in homes
        for name in ("a", "b", "c")
        if chance.random() < 0.8
    }
    for _ in range(12):
        slug, name = chance.choice(sorted(models))
        others: list[str | None] = [None, *(each for each in access if each != slug)]
        act = share_model if chance.random() < 0.7 else unshare_model
        act(access[slug], name=name, to_project=chance.choice(others))
    outsider = Registry(Caller(cast.stranger.headers, base="/rival/vision"))
    for reader, registry in [*callers.items(), ("", outsider)]:
        possible = [name if home == reader else f"{home}.{name}" for home, name in models] + ["a", "b", "c"]
        allowed = {name for name in possible if registry.get("registered-models/get", name=name).status == 200}
        assert set(names(registry)) == allowed
        for name in possible:
            assert names(registry, filter=f"name = '{name}'") == ([name] if name in allowed else [])
