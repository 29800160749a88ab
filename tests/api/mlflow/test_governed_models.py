"""What a rule of approval keeps from happening, tried in every way by a member of the team with the right to promote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.registry.services import create_rule, delete_rule
from apps.registry.services.approval_rules import Terms
from apps.teams.permissions import ProjectRole, Scope
from apps.teams.services import create_token
from tests.api.mlflow.caller import Caller, Reply
from tests.api.mlflow.registry import Registry
from tests.api.native.http import call, data, get
from tests.factories.approvals import add_version, make_versions, package, read_files
from tests.factories.cast import Cast, bearer
from tests.factories.runs import START_MS

TAXI = "/projects/acme/vision/registered-models/taxi"
REQUIRED = (403, "PERMISSION_DENIED")
ONE = Terms(approvals_needed=1)
METRIC = Terms(metric="acc")


@pytest.fixture(autouse=True)
def taxi(cast: Cast) -> None:
    """Three versions, the second the best."""
    make_versions(cast.member.access(), 0.8, 0.9, 0.7)


@pytest.fixture
def owner(cast: Cast) -> Registry:
    return Registry(Caller(cast.owner.headers))


@pytest.fixture
def member(cast: Cast) -> Registry:
    return Registry(Caller(cast.member.headers))


def rule(cast: Cast, terms: Terms, *, stage: str = "", alias: str = "") -> int:
    return create_rule(cast.owner.access(), name="taxi", terms=terms, stage=stage, alias=alias).pk


def move(who: Registry, number: int, stage: str, *, archive: bool = False) -> Reply:
    fields = {"version": str(number), "stage": stage, "archive_existing_versions": archive}
    return who.post("model-versions/transition-stage", name="taxi", **fields)


def point(who: Registry, number: int, alias: str = "champion") -> Reply:
    return who.post("registered-models/alias", name="taxi", alias=alias, version=str(number))


def unpoint(who: Registry, alias: str = "champion") -> Reply:
    return who.delete("registered-models/alias", name="taxi", alias=alias)


def drop(who: Registry, number: int) -> Reply:
    return who.delete("model-versions/delete", name="taxi", version=str(number))


def outcome(reply: Reply) -> tuple[int, str | None]:
    return reply.status, reply.code


def aliases(who: Registry) -> dict[str, str]:
    return {each["alias"]: each["version"] for each in who.model().get("aliases", [])}


@pytest.mark.parametrize("stage", ["Production", "production", "PRODUCTION"])
def test_a_stage_that_wants_approvals_is_not_moved_to(cast: Cast, owner: Registry, stage: str) -> None:
    rule(cast, ONE, stage="Production")
    refused = move(owner, 1, stage)
    assert outcome(refused) == REQUIRED
    assert "only with 1 approval by maintainers. Ask for approval on http" in refused.message
    assert outcome(move(owner, 1, stage, archive=True)) == REQUIRED
    native = call(cast.owner, "PUT", f"{TAXI}/versions/1/stage", {"stage": "Production"})
    assert (native.status_code, json.loads(native.content)["error"]["code"]) == (403, "approval_required")
    page = cast.owner.browser().post("/acme/vision/models/taxi/versions/1/stage", {"stage": "Production"})
    assert page.status_code == 403
    assert owner.stages() == {"1": "None", "2": "None", "3": "None"}
    assert move(owner, 1, "Staging").status == 200


def test_what_is_in_a_governed_stage_is_neither_moved_out_nor_pushed_out_nor_deleted(
    cast: Cast, owner: Registry
) -> None:
    move(owner, 2, "Production")
    rule(cast, ONE, stage="Production")
    for stage in ("None", "Staging", "Archived"):
        assert outcome(move(owner, 2, stage)) == REQUIRED
    assert outcome(move(owner, 1, "Production", archive=True)) == REQUIRED
    assert outcome(move(owner, 2, "Production", archive=True)) == REQUIRED
    refused = drop(owner, 2)
    assert outcome(refused) == REQUIRED
    assert "stands for Production" in refused.message
    assert cast.owner.browser().post("/acme/vision/models/taxi/versions/2/delete").status_code == 403
    assert call(cast.owner, "DELETE", f"{TAXI}/versions/2").status_code == 403
    assert owner.stages() == {"1": "None", "2": "Production", "3": "None"}
    assert drop(owner, 1).status == 200


def test_making_room_does_not_go_round_a_rule_for_archived(cast: Cast, owner: Registry) -> None:
    move(owner, 2, "Production")
    rule(cast, ONE, stage="Archived")
    assert outcome(move(owner, 1, "Production", archive=True)) == REQUIRED
    assert outcome(move(owner, 2, "Archived")) == REQUIRED
    assert move(owner, 1, "Production").status == 200
    assert owner.stages() == {"1": "Production", "2": "Production", "3": "None"}


def test_a_governed_alias_is_neither_set_nor_moved_nor_removed(cast: Cast, owner: Registry) -> None:
    point(owner, 2)
    rule(cast, ONE, alias="champion")
    assert outcome(point(owner, 1)) == REQUIRED
    assert outcome(point(owner, 2)) == REQUIRED
    assert outcome(unpoint(owner)) == REQUIRED
    assert outcome(drop(owner, 2)) == REQUIRED
    native = call(cast.owner, "PUT", f"{TAXI}/aliases/champion", {"version": 1})
    assert native.status_code == 403
    assert call(cast.owner, "DELETE", f"{TAXI}/aliases/champion").status_code == 403
    at = "/acme/vision/models/taxi/versions"
    assert cast.owner.browser().post(f"{at}/1/alias", {"alias": "champion"}).status_code == 403
    assert cast.owner.browser().post(f"{at}/2/alias/remove", {"alias": "champion"}).status_code == 403
    assert aliases(owner) == {"champion": "2"}
    assert point(owner, 1, "other").status == 200
    assert unpoint(owner, "other").status == 200


def test_a_rule_for_every_alias_leaves_those_with_rules_of_their_own(cast: Cast, owner: Registry) -> None:
    rule(cast, ONE, alias="*")
    rule(cast, Terms(), alias="free")
    assert outcome(point(owner, 1)) == REQUIRED
    assert outcome(point(owner, 1, "Champion")) == REQUIRED
    assert point(owner, 1, "free").status == 200
    assert unpoint(owner, "free").status == 200
    assert unpoint(owner, "absent").status == 200


def test_a_model_with_rules_is_not_deleted_and_made_again_nor_renamed(
    cast: Cast, owner: Registry, member: Registry
) -> None:
    made = rule(cast, ONE, stage="Production")
    refused = owner.delete("registered-models/delete", name="taxi")
    assert outcome(refused) == REQUIRED
    assert "whoever manages the project removes them first" in refused.message
    for who in (owner, member):
        assert outcome(who.post("registered-models/rename", name="taxi", new_name="bus")) == REQUIRED
    assert call(cast.member, "PATCH", TAXI, {"name": "bus"}).status_code == 403
    assert call(cast.owner, "DELETE", TAXI).status_code == 403
    assert cast.owner.browser().post("/acme/vision/models/taxi/delete").status_code == 403
    assert owner.stages().keys() == {"1", "2", "3"}
    delete_rule(cast.owner.access(), name="taxi", rule_id=made)
    assert owner.post("registered-models/rename", name="taxi", new_name="bus").status == 200


def test_a_copy_of_a_champion_is_nobody_yet(cast: Cast, owner: Registry) -> None:
    move(owner, 2, "Production")
    point(owner, 2)
    rule(cast, ONE, stage="Production")
    rule(cast, ONE, alias="*")
    copied = owner.new_version(source="models:/taxi@champion")
    assert owner.stages()[copied] == "None"
    assert aliases(owner) == {"champion": "2"}


def test_an_empty_place_is_compared_with_what_was_there_last(cast: Cast, owner: Registry) -> None:
    point(owner, 2)
    rule(cast, METRIC, alias="champion")
    refused = point(owner, 1)
    assert outcome(refused) == REQUIRED
    assert refused.message == (
        "Version 1 of taxi may not go to @champion: acc of version 1 is 0.8, not >= 0.9 of version 2."
    )
    assert unpoint(owner).status == 200
    assert "not >= 0.9 of version 2" in point(owner, 1).message
    assert outcome(drop(owner, 2)) == REQUIRED
    assert point(owner, 2).status == 200
    better = add_version(cast.member.access(), 0.91)
    assert point(owner, better).status == 200
    assert drop(owner, 2).status == 200


def test_an_empty_stage_is_compared_with_what_was_there_last(cast: Cast, owner: Registry) -> None:
    move(owner, 2, "Production")
    rule(cast, METRIC, stage="Production")
    assert move(owner, 2, "None").status == 200
    assert "not >= 0.9 of version 2" in move(owner, 1, "Production").message
    assert outcome(drop(owner, 2)) == REQUIRED
    assert move(owner, 2, "Production").status == 200
    assert "not >= 0.9 of version 2" in move(owner, 3, "Production", archive=True).message
    assert owner.stages() == {"1": "None", "2": "Production", "3": "None"}


def test_checks_that_pass_move_at_once_and_leave_their_evidence(cast: Cast, owner: Registry) -> None:
    move(owner, 1, "Production")
    rule(cast, METRIC, stage="Production")
    assert move(owner, 2, "Production", archive=True).status == 200
    assert owner.stages() == {"1": "Archived", "2": "Production", "3": "None"}
    (kept,) = data(get(cast.viewer, f"{TAXI}/approval-requests"))["items"]
    assert (kept["state"], kept["approvals_needed"], kept["requested_by"]) == ("approved", 0, "owner@acme.test")
    found = data(get(cast.viewer, f"/projects/acme/vision/approval-requests/{kept['request_id']}"))
    assert [(each["candidate"], each["champion"]) for each in found["outcome"]["checks"]] == [("0.9", "0.8")]
    done = data(get(cast.viewer, f"{TAXI}/activity"))["items"][0]
    assert done["after"] == {"stage": "Production", "approval": kept["request_id"]}


def test_without_a_champion_a_check_passes_and_says_so(cast: Cast, owner: Registry) -> None:
    rule(cast, Terms(metric="acc", requires_same_signature=True), stage="Production")
    assert move(owner, 3, "Production").status == 200
    (kept,) = data(get(cast.viewer, f"{TAXI}/approval-requests"))["items"]
    found = data(get(cast.viewer, f"/projects/acme/vision/approval-requests/{kept['request_id']}"))
    assert {each["reason"] for each in found["outcome"]["checks"]} == {"there is no champion to compare with"}
    assert found["outcome"]["champion"] is None


def test_a_metric_that_is_missing_fails(cast: Cast, owner: Registry) -> None:
    bare = add_version(cast.member.access(), None)
    rule(cast, METRIC, stage="Production")
    rule(cast, METRIC, alias="best")
    assert f"version {bare} has no metric acc" in move(owner, bare, "Production").message
    delete_all_rules(cast)
    move(owner, bare, "Production")
    rule(cast, METRIC, stage="Production")
    refused = move(owner, 1, "Production").message
    assert f"version {bare} has no metric acc, so that there is nothing to compare with" in refused


def delete_all_rules(cast: Cast) -> None:
    for each in data(get(cast.owner, f"{TAXI}/approval-rules"))["items"]:
        delete_rule(cast.owner.access(), name="taxi", rule_id=each["rule_id"])


@pytest.mark.parametrize(
    ("terms", "numbers", "words"),
    [
        (Terms(metric="acc", metric_comparison="<="), (2, 1), ""),
        (Terms(metric="acc", metric_comparison="<="), (1, 2), "not <= 0.8 of version 1"),
        (Terms(metric="acc", metric_limit=0.85), (1, 2), ""),
        (Terms(metric="acc", metric_limit=0.95), (1, 2), "acc of version 2 is 0.9, not >= 0.95"),
        (Terms(metric="acc", metric_comparison="<=", metric_limit=0.75), (2, 1), "is 0.8, not <= 0.75"),
        (Terms(metric="acc on data"), (1, 2), ""),
        (Terms(metric="acc on other"), (1, 2), "has no metric acc on other"),
    ],
)
def test_metrics_are_compared_as_the_rule_says(
    cast: Cast, owner: Registry, terms: Terms, numbers: tuple[int, int], words: str
) -> None:
    champion, candidate = numbers
    move(owner, champion, "Production")
    rule(cast, terms, stage="Production")
    reply = move(owner, candidate, "Production")
    assert (reply.status, words in str(reply.body)) == (403 if words else 200, True)


def test_points_that_were_logged_just_now_count(cast: Cast, owner: Registry) -> None:
    move(owner, 2, "Production")
    rule(cast, METRIC, stage="Production")
    version = owner.version("1")
    point_of_model = {"key": "acc", "value": 0.99, "timestamp": START_MS + 1, "step": 1}
    point_of_model |= {"model_id": version["model_id"], "dataset_name": "data", "dataset_digest": "1"}
    owner.post("runs/log-batch", run_id=version["run_id"], metrics=[point_of_model])
    assert move(owner, 1, "Production").status == 200


@pytest.mark.parametrize("value", ["NaN", "-Infinity"])
def test_a_metric_that_is_no_number_is_no_better(cast: Cast, owner: Registry, value: str) -> None:
    strange = add_version(cast.member.access(), float(value))
    rule(cast, Terms(metric="acc", metric_limit=0.0), stage="Production")
    move(owner, 1, "Production")
    refused = move(owner, strange, "Production")
    assert outcome(refused) == REQUIRED
    assert "acc of version 4 is" in refused.message


def test_a_metric_on_several_datasets_has_to_be_named_with_one(cast: Cast, owner: Registry) -> None:
    version = owner.version("2")
    other = {"key": "acc", "value": 0.99, "timestamp": START_MS, "step": 0, "model_id": version["model_id"]}
    other |= {"dataset_name": "other", "dataset_digest": "1"}
    owner.post("runs/log-batch", run_id=version["run_id"], metrics=[other])
    rule(cast, METRIC, stage="Production")
    rule(cast, Terms(metric="acc on other"), alias="best")
    assert "on several datasets" in move(owner, 2, "Production").message
    assert point(owner, 2, "best").status == 200


def test_files_that_were_not_read_yet_fail_and_say_so(cast: Cast, owner: Registry) -> None:
    move(owner, 1, "Production")
    rule(cast, Terms(requires_clean_report=True), alias="best")
    rule(cast, Terms(requires_same_signature=True), stage="Production")
    for reply in (point(owner, 2, "best"), move(owner, 2, "Production")):
        assert outcome(reply) == REQUIRED
        assert "its files have not been read yet: try again in a moment" in reply.message
    read_files()
    assert point(owner, 2, "best").status == 200
    assert move(owner, 2, "Production").status == 200


def test_another_signature_or_a_report_that_is_not_clean_fails(cast: Cast, owner: Registry) -> None:
    access = cast.member.access()
    changed = add_version(access, 0.9, files=package(column="string"))
    dangerous = add_version(access, 0.9, files=package(is_dangerous=True))
    move(owner, 1, "Production")
    rule(cast, Terms(requires_same_signature=True, requires_clean_report=True), stage="Production")
    read_files()
    assert "the signature of version 4 is not that of version 1" in move(owner, changed, "Production").message
    assert "the safety report of version 5 says dangerous" in move(owner, dangerous, "Production").message
    assert move(owner, 2, "Production").status == 200


def test_everything_that_failed_is_said(cast: Cast, owner: Registry) -> None:
    move(owner, 2, "Production")
    rule(cast, Terms(metric="acc", metric_limit=0.95, requires_clean_report=True), stage="Production")
    message = move(owner, 1, "Production").message
    for words in ("not >= 0.9 of version 2", "not >= 0.95", "not been read yet"):
        assert words in message


def test_who_moves_is_what_the_rule_says(cast: Cast, owner: Registry, member: Registry) -> None:
    assert outcome(move(member, 1, "Staging")) == REQUIRED
    assert outcome(point(member, 1)) == REQUIRED
    assert outcome(unpoint(member)) == REQUIRED
    rule(cast, Terms(mover_role=ProjectRole.EDITOR), stage="Staging")
    rule(cast, Terms(mover_role=ProjectRole.EDITOR), alias="best")
    rule(cast, Terms(), stage="Production")
    assert move(member, 1, "Staging").status == 200
    assert point(member, 1, "best").status == 200
    assert unpoint(member, "best").status == 200
    refused = move(member, 1, "Production")
    assert outcome(refused) == REQUIRED
    assert "Production is moved by maintainers" in refused.message
    assert outcome(point(member, 1)) == REQUIRED
    viewer = Registry(Caller(cast.viewer.headers))
    assert outcome(move(viewer, 1, "Staging")) == REQUIRED
    assert move(owner, 1, "Production").status == 200


def test_a_token_has_no_more_of_a_role_than_its_scopes(cast: Cast) -> None:
    issued = create_token(cast.owner.team_access(), name="logs", scopes=[Scope.READ, Scope.WRITE])
    narrow = Registry(Caller(bearer(issued.text)))
    rule(cast, Terms(), stage="Production")
    rule(cast, Terms(mover_role=ProjectRole.EDITOR), stage="Staging")
    assert outcome(move(narrow, 1, "Production")) == REQUIRED
    assert move(narrow, 1, "Staging").status == 200


def test_from_one_governed_stage_to_another_both_rules_speak(cast: Cast, owner: Registry) -> None:
    move(owner, 1, "Staging")
    rule(cast, Terms(approvals_needed=2), stage="Staging")
    rule(cast, Terms(metric="acc"), stage="Production")
    assert "2 approvals" in move(owner, 1, "Production").message
    assert move(owner, 2, "Production").status == 200


def test_rules_of_one_model_do_not_speak_of_another(cast: Cast, owner: Registry) -> None:
    rule(cast, ONE, stage="Production")
    make_versions(cast.member.access(), 0.1, name="bus")
    fields: dict[str, Any] = {"name": "bus", "version": "1", "stage": "Production"}
    assert owner.post("model-versions/transition-stage", **fields).status == 200
