"""mlflow/registered-models: names, descriptions, tags, deletion, rights. Search and aliases have files of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.artifacts.files import PROXY
from tests.api.mlflow.caller import Caller, Reply
from tests.api.mlflow.registry import Registry

Call = Callable[[Registry], Reply]
NOT_FOUND = (404, "RESOURCE_DOES_NOT_EXIST")
REFUSED = (400, "INVALID_PARAMETER_VALUE")
TAKEN = (400, "RESOURCE_ALREADY_EXISTS")
TAG = {"key": "task", "value": "regression"}


def outcome(reply: Reply) -> tuple[int, str | None]:
    return reply.status, reply.code


def test_create_keeps_name_description_and_tags(registry: Registry) -> None:
    registry.new_model(description="# Taxi", tags=[TAG])
    model = registry.model()
    assert (model["name"], model["description"], model["tags"]) == ("taxi", "# Taxi", [TAG])
    assert model["creation_timestamp"] == model["last_updated_timestamp"]
    assert "latest_versions" not in model


def test_create_of_a_taken_name_is_refused_with_the_code_that_clients_go_by(registry: Registry) -> None:
    registry.new_model()
    reply = registry.post("registered-models/create", name="taxi")
    assert outcome(reply) == TAKEN
    assert reply.message == "Registered Model (name=taxi) already exists."


def test_names_are_a_projects_own(registry: Registry, stranger: Caller) -> None:
    registry.new_model()
    assert Registry(stranger).new_model() == "taxi"


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", ".", "..", "..a", "a" * 257, 5])
def test_names_that_no_model_can_have_are_refused(registry: Registry, name: object) -> None:
    assert outcome(registry.post("registered-models/create", name=name)) == REFUSED


@pytest.mark.parametrize("name", ["a b", "a@b", "a%2Fb", "ä#?", "v1", "a.b", "a" * 256, "Null"])
def test_unusual_names_are_names(registry: Registry, name: str) -> None:
    registry.new_model(name)
    registry.new_version(name)
    assert registry.version(name=name)["name"] == name
    registry.post("registered-models/alias", name=name, alias="best", version="1")
    for source in (f"models:/{name}/1", f"models:/{name}@best"):
        assert registry.new_version(name, source=source)


@pytest.mark.parametrize(
    "tag",
    [
        {"key": "", "value": "v"},
        {"key": "../k", "value": "v"},
        {"key": "a#b", "value": "v"},
        {"key": "k" * 251, "value": "v"},
        {"key": "k", "value": "v" * 100_001},
        {"key": "k", "value": 1},
    ],
)
def test_tags_that_cannot_be_are_refused_and_nothing_is_stored(registry: Registry, tag: dict[str, object]) -> None:
    assert outcome(registry.post("registered-models/create", name="taxi", tags=[tag])) == REFUSED
    assert outcome(registry.get("registered-models/get", name="taxi")) == NOT_FOUND
    registry.new_model()
    registry.new_version()
    assert outcome(registry.post("registered-models/set-tag", name="taxi", **tag)) == REFUSED
    assert outcome(registry.post("model-versions/set-tag", name="taxi", version="1", **tag)) == REFUSED
    assert outcome(registry.create_version(tags=[tag])) == REFUSED
    assert registry.stages() == {"1": "None"}


def test_the_longest_tag_is_kept(registry: Registry) -> None:
    registry.new_model(tags=[{"key": "k" * 250, "value": "v" * 100_000}])
    assert len(registry.model()["tags"][0]["value"]) == 100_000


def test_descriptions_that_are_too_long_are_refused(registry: Registry) -> None:
    assert outcome(registry.post("registered-models/create", name="taxi", description="d" * 100_001)) == REFUSED
    registry.new_model()
    assert outcome(registry.patch("registered-models/update", name="taxi", description="d" * 100_001)) == REFUSED


def test_update_replaces_the_description_and_without_one_removes_it(registry: Registry) -> None:
    registry.new_model(description="old")
    reply = registry.patch("registered-models/update", name="taxi", description="new")
    assert reply.body["registered_model"]["description"] == "new"
    registry.patch("registered-models/update", name="taxi")
    assert "description" not in registry.model()


def test_rename_takes_versions_aliases_and_tags_along(registry: Registry) -> None:
    registry.new_model(tags=[TAG])
    registry.new_version()
    registry.post("registered-models/alias", name="taxi", alias="champion", version="1")
    reply = registry.post("registered-models/rename", name="taxi", new_name="cab")
    assert reply.body["registered_model"]["name"] == "cab"
    assert outcome(registry.get("registered-models/get", name="taxi")) == NOT_FOUND
    model = registry.model("cab")
    assert (model["tags"], model["aliases"]) == ([TAG], [{"alias": "champion", "version": "1"}])
    assert [version["name"] for version in model["latest_versions"]] == ["cab"]
    assert registry.content(name="cab")
    assert registry.new_model("taxi")


def test_rename_to_a_taken_name_is_refused_and_changes_nothing(registry: Registry) -> None:
    registry.new_model()
    registry.new_model("cab")
    assert outcome(registry.post("registered-models/rename", name="taxi", new_name="cab")) == TAKEN
    assert registry.model()["name"] == "taxi"


def test_tags_are_set_replaced_and_removed(registry: Registry) -> None:
    registry.new_model()
    for value in ("a", "b"):
        assert registry.post("registered-models/set-tag", name="taxi", key="k", value=value).status == 200
    assert registry.model()["tags"] == [{"key": "k", "value": "b"}]
    for _ in range(2):
        assert registry.delete("registered-models/delete-tag", name="taxi", key="k").status == 200
    assert "tags" not in registry.model()
    assert outcome(registry.delete("registered-models/delete-tag", name="taxi", key="../k")) == REFUSED


def test_delete_takes_versions_and_aliases_along_and_frees_the_name(registry: Registry) -> None:
    registry.new_model()
    registry.new_version()
    registry.post("registered-models/alias", name="taxi", alias="champion", version="1")
    root = registry.root()
    assert registry.delete("registered-models/delete", name="taxi").status == 200
    assert outcome(registry.get("model-versions/get", name="taxi", version="1")) == NOT_FOUND
    assert registry.files.ask(f"{PROXY}/artifacts", path=root).status == 404
    assert registry.get("model-versions/search").body == {}
    registry.new_model()
    assert registry.new_version() == "1"
    assert "aliases" not in registry.model()


ON_A_MODEL: dict[str, Call] = {
    "get": lambda r: r.get("registered-models/get", name="absent"),
    "update": lambda r: r.patch("registered-models/update", name="absent", description="d"),
    "rename": lambda r: r.post("registered-models/rename", name="absent", new_name="b"),
    "delete": lambda r: r.delete("registered-models/delete", name="absent"),
    "latest": lambda r: r.post("registered-models/get-latest-versions", name="absent"),
    "latest by query": lambda r: r.get("registered-models/get-latest-versions", name="absent"),
    "set tag": lambda r: r.post("registered-models/set-tag", name="absent", key="k", value="v"),
    "delete tag": lambda r: r.delete("registered-models/delete-tag", name="absent", key="k"),
    "alias": lambda r: r.get("registered-models/alias", name="absent", alias="a"),
    "set alias": lambda r: r.post("registered-models/alias", name="absent", alias="a", version="1"),
    "delete alias": lambda r: r.delete("registered-models/alias", name="absent", alias="a"),
    "create version": lambda r: r.create_version("absent"),
}


@pytest.mark.parametrize("call", ON_A_MODEL.values(), ids=ON_A_MODEL)
def test_models_that_are_absent_or_not_yours_are_not_found(registry: Registry, stranger: Caller, call: Call) -> None:
    absent = call(registry)
    assert outcome(absent) == NOT_FOUND
    registry.new_model("absent")
    registry.new_version("absent")
    foreign = call(registry.seen_by(stranger))
    assert (outcome(foreign), foreign.message) == (NOT_FOUND, absent.message)


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.post("registered-models/create", description="d"),
        lambda r: r.get("registered-models/get"),
        lambda r: r.patch("registered-models/update"),
        lambda r: r.post("registered-models/rename", name="a"),
        lambda r: r.delete("registered-models/delete"),
        lambda r: r.post("registered-models/set-tag", name="a"),
        lambda r: r.delete("registered-models/delete-tag", name="a"),
        lambda r: r.post("registered-models/alias", name="a", alias="b"),
        lambda r: r.get("registered-models/alias", name="a"),
        lambda r: r.delete("registered-models/alias", name="a"),
        lambda r: r.post("registered-models/get-latest-versions"),
    ],
)
def test_requests_without_what_they_need_are_refused(registry: Registry, call: Call) -> None:
    assert outcome(call(registry)) == REFUSED


WRITES: dict[str, Call] = {
    "create": lambda r: r.post("registered-models/create", name="new"),
    "update": lambda r: r.patch("registered-models/update", name="taxi", description="d"),
    "rename": lambda r: r.post("registered-models/rename", name="taxi", new_name="b"),
    "set tag": lambda r: r.post("registered-models/set-tag", name="taxi", key="k", value="v"),
    "delete tag": lambda r: r.delete("registered-models/delete-tag", name="taxi", key="k"),
    "create version": lambda r: r.create_version(),
    "update version": lambda r: r.patch("model-versions/update", name="taxi", version="1", description="d"),
    "set version tag": lambda r: r.post("model-versions/set-tag", name="taxi", version="1", key="k", value="v"),
    "delete version tag": lambda r: r.delete("model-versions/delete-tag", name="taxi", version="1", key="k"),
}
PROMOTIONS: dict[str, Call] = {
    "stage": lambda r: r.post("model-versions/transition-stage", name="taxi", version="1", stage="Staging"),
    "set alias": lambda r: r.post("registered-models/alias", name="taxi", alias="a", version="1"),
    "delete alias": lambda r: r.delete("registered-models/alias", name="taxi", alias="a"),
    "delete version": lambda r: r.delete("model-versions/delete", name="taxi", version="1"),
    "delete": lambda r: r.delete("registered-models/delete", name="taxi"),
}


@pytest.mark.parametrize("call", [*WRITES.values(), *PROMOTIONS.values()], ids=[*WRITES, *PROMOTIONS])
def test_viewers_change_nothing(registry: Registry, viewer: Caller, call: Call) -> None:
    registry.new_model()
    registry.new_version()
    assert outcome(call(registry.seen_by(viewer))) == (403, "PERMISSION_DENIED")
    assert registry.seen_by(viewer).model() == registry.model()


@pytest.mark.parametrize("call", PROMOTIONS.values(), ids=PROMOTIONS)
def test_members_do_not_promote(registry: Registry, member: Caller, call: Call) -> None:
    registry.new_model()
    registry.new_version()
    assert outcome(call(registry.seen_by(member))) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
def test_members_register_and_describe(registry: Registry, member: Caller, call: Call) -> None:
    registry.new_model()
    registry.new_version()
    assert call(registry.seen_by(member)).status == 200
