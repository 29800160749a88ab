"""mlflow/model-versions, and the aliases and stages of versions. Sources have a file of their own, and so has search."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.mlflow.caller import Caller, Reply
from tests.api.mlflow.registry import Registry

Call = Callable[[Registry], Reply]
NOT_FOUND = (404, "RESOURCE_DOES_NOT_EXIST")
REFUSED = (400, "INVALID_PARAMETER_VALUE")
TAG = {"key": "task", "value": "regression"}


@pytest.fixture
def taxi(registry: Registry) -> Registry:
    """A model with three versions."""
    registry.new_model()
    for _ in range(3):
        registry.new_version()
    return registry


def outcome(reply: Reply) -> tuple[int, str | None]:
    return reply.status, reply.code


def move(registry: Registry, version: str, stage: str, **fields: object) -> Reply:
    return registry.post("model-versions/transition-stage", name="taxi", version=version, stage=stage, **fields)


def set_alias(registry: Registry, alias: str, version: str) -> Reply:
    return registry.post("registered-models/alias", name="taxi", alias=alias, version=version)


def aliases(registry: Registry) -> dict[str, str]:
    return {each["alias"]: each["version"] for each in registry.model().get("aliases", [])}


def test_a_version_keeps_what_it_was_created_with(registry: Registry) -> None:
    registry.new_model()
    registry.new_version(description="first", tags=[TAG], run_id=registry.run_id, run_link="https://example.com/run")
    version = registry.version()
    expected = {
        "name": "taxi",
        "version": "1",
        "description": "first",
        "tags": [TAG],
        "run_id": registry.run_id,
        "run_link": "https://example.com/run",
        "source": f"runs:/{registry.run_id}/model",
        "current_stage": "None",
        "status": "READY",
        "user_id": "owner@acme.test",
    }
    assert version.items() >= expected.items()
    assert version["creation_timestamp"] == version["last_updated_timestamp"]


def test_numbers_rise_and_none_is_used_twice(taxi: Registry) -> None:
    assert taxi.delete("model-versions/delete", name="taxi", version="3").status == 200
    assert taxi.new_version() == "4"
    taxi.new_model("other")
    assert taxi.new_version("other") == "1"


def test_descriptions_and_tags_change_and_deleting_a_version_takes_them_along(taxi: Registry) -> None:
    assert taxi.patch("model-versions/update", name="taxi", version="2", description="second").status == 200
    assert taxi.post("model-versions/set-tag", name="taxi", version="2", **TAG).status == 200
    assert taxi.post("model-versions/set-tag", name="taxi", version="2", key="task", value="other").status == 200
    version = taxi.version("2")
    assert (version["description"], version["tags"]) == ("second", [{"key": "task", "value": "other"}])
    assert version["last_updated_timestamp"] >= version["creation_timestamp"]
    for _ in range(2):
        assert taxi.delete("model-versions/delete-tag", name="taxi", version="2", key="task").status == 200
    assert "tags" not in taxi.version("2")
    set_alias(taxi, "best", "2")
    assert taxi.delete("model-versions/delete", name="taxi", version="2").status == 200
    assert aliases(taxi) == {}
    assert outcome(taxi.get("model-versions/get", name="taxi", version="2")) == NOT_FOUND


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Staging", "Staging"), ("production", "Production"), ("ARCHIVED", "Archived"), ("none", "None")],
)
def test_stages_are_named_in_any_case(taxi: Registry, said: str, meant: str) -> None:
    assert move(taxi, "1", said).status == 200
    assert taxi.version()["current_stage"] == meant


def test_moving_archives_what_was_there_if_asked(taxi: Registry) -> None:
    for version in ("1", "2"):
        assert move(taxi, version, "Production").status == 200
    assert taxi.stages() == {"1": "Production", "2": "Production", "3": "None"}
    answer = move(taxi, "3", "Production", archive_existing_versions=True)
    assert answer.body["model_version"]["current_stage"] == "Production"
    assert taxi.stages() == {"1": "Archived", "2": "Archived", "3": "Production"}
    assert move(taxi, "3", "Production", archive_existing_versions=True).status == 200
    assert taxi.stages()["3"] == "Production"


@pytest.mark.parametrize("stage", ["", "Live", "staging ", "Staging;", 5])
def test_other_stages_are_refused(taxi: Registry, stage: object) -> None:
    assert outcome(taxi.post("model-versions/transition-stage", name="taxi", version="1", stage=stage)) == REFUSED
    assert taxi.stages()["1"] == "None"


@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_only_active_stages_are_emptied(taxi: Registry, stage: str) -> None:
    reply = move(taxi, "1", stage, archive_existing_versions=True)
    assert outcome(reply) == REFUSED
    assert "not an Active stage" in reply.message


def test_the_latest_version_of_each_stage(taxi: Registry) -> None:
    move(taxi, "1", "Staging")
    move(taxi, "2", "Staging")

    def latest(*stages: str) -> dict[str, str]:
        found = taxi.post("registered-models/get-latest-versions", name="taxi", stages=list(stages)).body
        return {each["current_stage"]: each["version"] for each in found.get("model_versions", [])}

    assert latest() == {"Staging": "2", "None": "3"}
    assert latest("staging") == {"Staging": "2"}
    assert latest("Production") == {}
    assert outcome(taxi.post("registered-models/get-latest-versions", name="taxi", stages=["Live"])) == REFUSED


def test_an_alias_points_at_one_version_and_moves(taxi: Registry) -> None:
    for alias, version in (("best", "1"), ("next", "1"), ("best", "3")):
        assert set_alias(taxi, alias, version).status == 200
    assert aliases(taxi) == {"best": "3", "next": "1"}
    assert taxi.version("3")["aliases"] == ["best"]
    by_alias = taxi.get("registered-models/alias", name="taxi", alias="best")
    assert by_alias.body["model_version"]["version"] == "3"
    assert taxi.get("registered-models/alias", name="taxi", alias="LATEST").body["model_version"]["version"] == "3"
    for _ in range(2):
        assert taxi.delete("registered-models/alias", name="taxi", alias="best").status == 200
    assert aliases(taxi) == {"next": "1"}


@pytest.mark.parametrize("alias", ["", "latest", "Latest", "v1", "V22", "a b", "a/b", "a@b", "a.b", "a" * 256, "ä b"])
def test_aliases_that_cannot_be_are_refused(taxi: Registry, alias: str) -> None:
    assert outcome(set_alias(taxi, alias, "1")) == REFUSED
    assert aliases(taxi) == {}


@pytest.mark.parametrize("alias", ["a", "A-b_c", "v1a", "vv1", "1", "a" * 255, "é"])
def test_unusual_aliases_are_aliases(taxi: Registry, alias: str) -> None:
    assert set_alias(taxi, alias, "1").status == 200
    assert aliases(taxi) == {alias: "1"}


def test_an_alias_that_is_not_there_is_refused_as_clients_expect(taxi: Registry) -> None:
    assert outcome(taxi.get("registered-models/alias", name="taxi", alias="absent")) == REFUSED


ON_A_VERSION: dict[str, Call] = {
    "get": lambda r: r.get("model-versions/get", name="taxi", version="9"),
    "update": lambda r: r.patch("model-versions/update", name="taxi", version="9", description="d"),
    "delete": lambda r: r.delete("model-versions/delete", name="taxi", version="9"),
    "uri": lambda r: r.get("model-versions/get-download-uri", name="taxi", version="9"),
    "stage": lambda r: move(r, "9", "Staging"),
    "set tag": lambda r: r.post("model-versions/set-tag", name="taxi", version="9", key="k", value="v"),
    "delete tag": lambda r: r.delete("model-versions/delete-tag", name="taxi", version="9", key="k"),
    "set alias": lambda r: set_alias(r, "a", "9"),
}


@pytest.mark.parametrize("call", ON_A_VERSION.values(), ids=ON_A_VERSION)
def test_versions_that_are_absent_or_not_yours_are_not_found(taxi: Registry, stranger: Caller, call: Call) -> None:
    absent = call(taxi)
    foreign = call(taxi.seen_by(stranger))
    assert (outcome(absent), outcome(foreign), foreign.message) == (NOT_FOUND, NOT_FOUND, absent.message)


@pytest.mark.parametrize("version", ["", "x", "1.5", "-1", "99999999999999999999", "1 or 1=1"])
def test_what_is_no_number_names_no_version(taxi: Registry, version: str) -> None:
    assert taxi.get("model-versions/get", name="taxi", version=version).status in (400, 404)


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "d" * 100_001},
        {"run_link": "l" * 501},
        {"tags": [{"key": "k" * 251, "value": "v"}]},
        {"tags": [{"key": "../k", "value": "v"}]},
        {"tags": [{"value": "v"}]},
        {"name": ""},
        {"name": "a/b"},
    ],
)
def test_versions_that_cannot_be_are_refused_and_leave_no_number_behind(
    registry: Registry, fields: dict[str, object]
) -> None:
    registry.new_model()
    assert outcome(registry.create_version(**fields)) == REFUSED  # type: ignore[arg-type]
    assert registry.new_version() == "1"


def test_prompts_are_versions_without_files(registry: Registry) -> None:
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    registry.new_model("greeting", tags=prompt)
    assert registry.new_version("greeting", source="prompt-template", tags=prompt) == "1"
    assert "registered_models" not in registry.get("registered-models/search").body
    asked = registry.get("registered-models/search", filter="tags.`mlflow.prompt.is_prompt` = 'true'").body
    assert [model["name"] for model in asked["registered_models"]] == ["greeting"]
