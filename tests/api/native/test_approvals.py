"""Approvals in the native API: rules, requests, and what people say to them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.projects.services import remove_grant, set_grant
from apps.projects.tenancy import bound
from apps.registry.services.approval_rules import MAX_RULES
from apps.teams.permissions import ProjectRole, Scope, TeamRole
from apps.teams.services import create_token, remove_member, set_member_role
from apps.webhooks.events import Event
from apps.webhooks.models import WebhookDelivery
from apps.webhooks.services import create_webhook
from tests.api.native.http import Answer, call, data, delete, everything, get, patch, post, refusal
from tests.budgets import Budget
from tests.factories.approvals import add_version, make_versions, read_files
from tests.factories.cast import Cast, Person, make_machine, make_member

PROJECT = "/projects/acme/vision"
TAXI = f"{PROJECT}/registered-models/taxi"
RULES = f"{TAXI}/approval-rules"
REQUESTS = f"{TAXI}/approval-requests"
NOWHERE = "0" * 32


@pytest.fixture(autouse=True)
def taxi(cast: Cast) -> None:
    """Three versions, each better than the one before."""
    make_versions(cast.member.access(), 0.8, 0.9, 0.95)


def rule(cast: Cast, **fields: Any) -> dict[str, Any]:
    """A new rule; one approval for Production unless said otherwise."""
    target = {} if "alias" in fields else {"stage": "Production"}
    made: dict[str, Any] = data(post(cast.owner, RULES, {**target, "approvals_needed": 1, **fields}), 201)
    return made


def put(who: Any, path: str, body: Any) -> Answer:
    return call(who, "PUT", path, body)


def ask(who: Any, version: int = 3, **fields: Any) -> Answer:
    target = {} if "alias" in fields else {"stage": "Production"}
    return post(who, REQUESTS, {"version": version, **target, **fields})


def asked(who: Any, version: int = 3, **fields: Any) -> str:
    """The address of a new request."""
    return f"{PROJECT}/approval-requests/{data(ask(who, version, **fields), 201)['request_id']}"


def approve(who: Any, at: str, comment: str = "") -> Answer:
    return post(who, f"{at}/approve", {"comment": comment})


def reject(who: Any, at: str, comment: str = "") -> Answer:
    return post(who, f"{at}/reject", {"comment": comment})


def state(cast: Cast, at: str) -> str:
    return str(data(get(cast.viewer, at))["state"])


def stage(cast: Cast, version: int = 3) -> str:
    return str(data(get(cast.viewer, f"{TAXI}/versions/{version}"))["stage"])


def activity(cast: Cast) -> list[str]:
    return [each["action"] for each in data(get(cast.viewer, f"{TAXI}/activity"))["items"]]


def people(cast: Cast, *names: str, role: ProjectRole = ProjectRole.MAINTAINER) -> list[Person]:
    """Members with a grant in the project."""
    found = [make_member(cast.project, TeamRole.MEMBER, name=name) for name in names]
    for person in found:
        set_grant(cast.owner.access(), role=role, user_id=person.user.pk)
    return found


def test_a_rule_from_its_beginning_to_its_end(cast: Cast) -> None:
    terms = {
        "mover_role": "editor",
        "approvals_needed": 2,
        "approver_role": "editor",
        "metric": "acc",
        "metric_comparison": ">=",
        "metric_limit": 0.5,
        "requires_same_signature": True,
        "requires_clean_report": True,
    }
    made = rule(cast, **terms)
    assert made.items() >= (terms | {"stage": "Production", "alias": None, "updated_by": "owner@acme.test"}).items()
    at = f"{RULES}/{made['rule_id']}"
    assert data(get(cast.viewer, at)) == made
    changed = data(patch(cast.admin, at, {"approvals_needed": 1, "metric_limit": None}))
    assert changed["updated_by"] == "admin@acme.test"
    assert changed.items() >= (terms | {"approvals_needed": 1, "metric_limit": None}).items()
    assert data(patch(cast.admin, at, {}))["updated_at_ms"] == changed["updated_at_ms"]
    rule(cast, alias="champion")
    rule(cast, alias="*")
    listed = everything(cast.viewer, RULES, page_size=2)
    assert [each["stage"] or each["alias"] for each in listed] == ["Production", "*", "champion"]
    assert delete(cast.owner, at).status_code == 204
    assert refusal(get(cast.owner, at)) == (404, "approval_rule_not_found", "rule_id")
    assert activity(cast)[:2] == ["registered_model.delete_approval_rule", "registered_model.set_approval_rule"]
    assert AuditEvent.objects.filter(action="registered_model.set_approval_rule").count() == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "stage"),
        ({"stage": "Staging", "alias": "champion"}, "stage"),
        ({"stage": "None"}, "stage"),
        ({"alias": "a b"}, "alias"),
        ({"alias": "v1"}, "alias"),
        ({"stage": "Staging", "approvals_needed": 11}, "approvals_needed"),
        ({"stage": "Staging", "approvals_needed": -1}, "approvals_needed"),
        ({"stage": "Staging", "approver_role": "viewer"}, "approver_role"),
        ({"stage": "Staging", "mover_role": "viewer"}, "mover_role"),
        ({"stage": "Staging", "metric_limit": 1.0}, "metric_limit"),
        ({"stage": "Staging", "metric": " acc"}, "metric"),
        ({"stage": "Staging", "metric": "acc", "metric_comparison": "="}, "metric_comparison"),
    ],
)
def test_rules_that_could_not_be_checked_are_refused(cast: Cast, fields: Any, field: str) -> None:
    status, _, named = refusal(post(cast.owner, RULES, fields))
    assert (status, named) == (400, field)


def test_a_target_has_one_rule_and_a_model_a_bounded_number(cast: Cast) -> None:
    rule(cast)
    again = post(cast.owner, RULES, {"stage": "Production"})
    assert refusal(again) == (409, "approval_rule_exists", "target")
    for number in range(1, MAX_RULES):
        rule(cast, alias=f"a{number}")
    assert refusal(post(cast.owner, RULES, {"alias": "one-more"}))[:2] == (409, "too_many_approval_rules")


def test_those_who_do_not_manage_the_project_change_no_rule(cast: Cast) -> None:
    at = f"{RULES}/{rule(cast)['rule_id']}"
    issued = create_token(cast.owner.team_access(), name="ci", scopes=[Scope.READ, Scope.WRITE, Scope.REGISTRY])
    registry = Person(cast.owner.user, cast.project, issued.text)
    for who in (cast.member, cast.viewer, cast.machine, registry):
        assert refusal(post(who, RULES, {"stage": "Staging"}))[0] == 403
        assert refusal(patch(who, at, {"approvals_needed": 0}))[0] == 403
        assert refusal(delete(who, at))[0] == 403
        assert get(who, at).status_code == 200
    for outsider, status in ((None, 401), (cast.stranger, 404)):
        assert refusal(post(outsider, RULES, {"stage": "Staging"}))[0] == status
        assert refusal(delete(outsider, at))[0] == status
        assert refusal(get(outsider, at))[0] == status
    assert refusal(post(cast.owner, RULES.replace("taxi", "bus"), {"stage": "Staging"}))[0] == 404
    assert refusal(patch(cast.owner, f"{RULES}/987654", {"approvals_needed": 0}))[0] == 404


def test_a_version_moves_when_enough_people_agreed(cast: Cast) -> None:
    rule(cast, approvals_needed=2, metric="acc")
    refused = put(cast.owner, f"{TAXI}/versions/3/stage", {"stage": "Production"})
    assert refusal(refused) == (403, "approval_required", None)
    assert "2 approvals by maintainers" in refused.content.decode()
    assert "/acme/vision/models/taxi/versions/3#promote" in refused.content.decode()
    other, third = people(cast, "other", "third")
    at = asked(cast.owner, comment="*Half* a minute better.")
    assert data(approve(other, at, "Looks <b>good</b>"))["state"] == "open"
    assert stage(cast) == "None"
    done = data(approve(third, at))
    assert (done["state"], stage(cast)) == ("approved", "Production")
    assert [(each["decision"], each["decided_by"], each["comment"]) for each in done["decisions"]] == [
        ("approved", "other@acme.test", "Looks <b>good</b>"),
        ("approved", "third@acme.test", ""),
    ]
    assert done["closed_at_ms"] >= done["created_at_ms"]
    assert done["outcome"]["checks"] == done["evidence"]["checks"]
    assert activity(cast)[:5] == [
        "model_version.stage",
        "model_version.approve",
        "model_version.approve",
        "model_version.request_approval",
        "registered_model.set_approval_rule",
    ]
    assert AuditEvent.objects.filter(action="model_version.approve", object_kind="model_version").count() == 2


def test_evidence_says_what_both_versions_are(cast: Cast) -> None:
    put(cast.owner, f"{TAXI}/versions/2/stage", {"stage": "Production"})
    rule(cast, metric="acc", metric_limit=0.5, requires_same_signature=True, requires_clean_report=True)
    read_files()
    evidence = data(get(cast.viewer, asked(cast.owner)))["evidence"]
    candidate, champion = evidence["candidate"], evidence["champion"]
    assert (candidate["version"], champion["version"]) == (3, 2)
    assert (candidate["metrics"]["acc on data"], champion["metrics"]["acc on data"]) == (0.95, 0.9)
    assert candidate["params"] == {"alpha": "0.1"}
    assert candidate["params_sha256"] == champion["params_sha256"]
    assert candidate["files_sha256"] == champion["files_sha256"]
    assert len(candidate["files_sha256"]) == 64
    assert (candidate["file_count"], candidate["safety"]) == (2, "clean")
    assert candidate["signature"] == "distance: double → double"
    assert candidate["run_id"] != champion["run_id"]
    assert candidate["source"].startswith("models:/m-")
    assert [(each["check"], each["candidate"], each["champion"], each["passed"]) for each in evidence["checks"]] == [
        ("acc >= champion's", "0.95", "0.9", True),
        ("acc >= 0.5", "0.95", None, True),
        ("signature unchanged", "distance: double → double", "distance: double → double", True),
        ("safety report clean", "clean", None, True),
    ]
    assert evidence["rules"] == [
        {
            "target": "Production",
            "mover_role": "maintainer",
            "approvals_needed": 1,
            "approver_role": "maintainer",
        }
    ]


def test_who_may_ask_is_what_the_rule_says(cast: Cast) -> None:
    made = rule(cast)
    assert refusal(ask(cast.member)) == (403, "permission_denied", None)
    patch(cast.owner, f"{RULES}/{made['rule_id']}", {"mover_role": "editor"})
    assert ask(cast.member).status_code == 201
    assert refusal(ask(cast.viewer, 2))[0] == 403
    assert ask(cast.machine, 2).status_code == 201
    assert refusal(ask(None, 1))[0] == 401
    assert refusal(ask(cast.stranger, 1))[0] == 404


def test_requests_that_make_no_sense_are_refused(cast: Cast) -> None:
    assert refusal(ask(cast.owner)) == (409, "approval_not_needed", None)
    rule(cast)
    rule(cast, alias="champion")
    assert refusal(ask(cast.owner, 9))[:2] == (404, "model_version_not_found")
    assert refusal(post(cast.owner, REQUESTS, {"version": 3}))[:2] == (400, "invalid_target")
    both = {"version": 3, "stage": "Production", "alias": "champion"}
    assert refusal(post(cast.owner, REQUESTS, both))[:2] == (400, "invalid_target")
    removes = {"version": 3, "stage": "Production", "removes_alias": True}
    assert refusal(post(cast.owner, REQUESTS, removes))[:2] == (400, "invalid_target")
    assert refusal(ask(cast.owner, alias="a b"))[:2] == (400, "invalid_alias")
    assert refusal(ask(cast.owner, comment="x" * 5001))[0] == 400
    archived = {"version": 3, "stage": "Archived", "archive_existing": True}
    assert refusal(post(cast.owner, REQUESTS, archived))[:2] == (400, "invalid_stage")
    assert refusal(ask(cast.owner, alias="champion", removes_alias=True))[:2] == (409, "already_there")
    at = asked(cast.owner)
    assert refusal(ask(cast.admin))[:2] == (409, "approval_request_open")
    assert refusal(get(cast.owner, f"{PROJECT}/approval-requests/{NOWHERE}"))[:2] == (404, "approval_request_not_found")
    assert refusal(get(cast.owner, f"{PROJECT}/approval-requests/x"))[0] == 404
    assert state(cast, at) == "open"


def test_nobody_approves_a_request_of_their_own(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.owner)
    assert refusal(approve(cast.owner, at)) == (403, "own_request", None)
    assert refusal(reject(cast.owner, at)) == (403, "own_request", None)
    assert (state(cast, at), stage(cast)) == ("open", "None")


def test_one_person_is_one_approval(cast: Cast) -> None:
    rule(cast, approvals_needed=2)
    at = asked(cast.owner)
    assert data(approve(cast.admin, at))["state"] == "open"
    assert refusal(approve(cast.admin, at)) == (409, "already_decided", None)
    assert refusal(reject(cast.admin, at)) == (409, "already_decided", None)
    assert stage(cast) == "None"


def test_those_without_the_role_do_not_decide(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.owner)
    issued = create_token(cast.admin.team_access(), name="logs", scopes=[Scope.READ, Scope.WRITE])
    narrow = Person(cast.admin.user, cast.project, issued.text)
    for who, status in ((cast.member, 403), (cast.viewer, 403), (narrow, 403), (cast.stranger, 404), (None, 401)):
        for decide in (approve, reject):
            assert refusal(decide(who, at))[0] == status
    assert state(cast, at) == "open"


def test_service_accounts_ask_and_do_not_decide(cast: Cast) -> None:
    rule(cast, mover_role="editor")
    robot = make_machine(cast.project, name="robot", role=TeamRole.ADMIN)
    at = asked(cast.machine)
    assert refusal(approve(robot, at)) == (403, "people_approve", None)
    assert refusal(post(robot, f"{at}/withdraw")) == (403, "not_your_request", None)
    assert data(get(robot, f"{PROJECT}/approval-requests?waiting_for_me=true"))["items"] == []
    assert data(approve(cast.owner, at))["state"] == "approved"
    assert data(post(cast.machine, f"{asked(cast.machine, 2)}/withdraw"))["state"] == "withdrawn"


def test_approvals_of_those_who_lost_the_role_do_not_count(cast: Cast) -> None:
    rule(cast, approvals_needed=2)
    first, second, third = people(cast, "first", "second", "third")
    at = asked(cast.owner)
    approve(first, at)
    grant = set_grant(cast.owner.access(), role=ProjectRole.MAINTAINER, user_id=first.user.pk)
    remove_grant(cast.owner.access(), grant_id=grant.pk)
    assert data(approve(second, at))["state"] == "open"
    assert stage(cast) == "None"
    remove_member(cast.owner.team_access(), user_id=second.user.pk)
    assert data(approve(third, at))["state"] == "open"
    assert data(approve(cast.admin, at))["state"] == "approved"
    assert stage(cast) == "Production"


def test_a_request_of_somebody_who_may_not_move_it_any_more_is_superseded(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.admin)
    set_member_role(cast.owner.team_access(), user_id=cast.admin.user.pk, role=TeamRole.MEMBER)
    found = data(approve(cast.owner, at))
    assert (found["state"], found["reason"]) == ("superseded", "admin@acme.test may not move it any more.")
    assert stage(cast) == "None"


def test_one_rejection_closes_a_request(cast: Cast) -> None:
    rule(cast, approvals_needed=2)
    first, second = people(cast, "first", "second")
    at = asked(cast.owner)
    approve(first, at)
    found = data(reject(second, at, "Not in December."))
    assert (found["state"], found["decisions"][1]["comment"]) == ("rejected", "Not in December.")
    assert refusal(approve(cast.admin, at)) == (409, "approval_request_closed", None)
    assert refusal(reject(cast.admin, at)) == (409, "approval_request_closed", None)
    assert refusal(post(cast.owner, f"{at}/withdraw")) == (409, "approval_request_closed", None)
    assert activity(cast)[0] == "model_version.reject"
    assert ask(cast.owner).status_code == 201


def test_who_asked_takes_it_back(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.owner)
    assert refusal(post(cast.admin, f"{at}/withdraw")) == (403, "not_your_request", None)
    assert refusal(post(cast.viewer, f"{at}/withdraw"))[0] == 403
    assert data(post(cast.owner, f"{at}/withdraw"))["state"] == "withdrawn"
    assert refusal(approve(cast.admin, at))[:2] == (409, "approval_request_closed")
    assert activity(cast)[0] == "model_version.withdraw_request"


def test_a_comment_is_bounded(cast: Cast) -> None:
    rule(cast)
    assert refusal(approve(cast.admin, asked(cast.owner), "x" * 5001))[0] == 400


def test_a_champion_that_changed_meanwhile_is_compared_anew(cast: Cast) -> None:
    put(cast.owner, f"{TAXI}/versions/1/stage", {"stage": "Production"})
    rule(cast, metric="acc")
    second, third = asked(cast.owner, 2), asked(cast.owner, 3, archive_existing=True)
    assert data(approve(cast.admin, third))["state"] == "approved"
    assert stage(cast, 1) == "Archived"
    refused = approve(cast.admin, second)
    assert refusal(refused) == (403, "checks_failed", None)
    assert "acc of version 2 is 0.9, not >= 0.95 of version 3" in refused.content.decode()
    found = data(get(cast.viewer, second))
    assert (found["state"], found["decisions"], stage(cast, 2)) == ("open", [], "None")


def test_a_rule_that_changes_supersedes_what_it_speaks_of(cast: Cast) -> None:
    made, other = rule(cast), rule(cast, alias="*")
    requests = [asked(cast.owner), asked(cast.owner, alias="champion"), asked(cast.owner, 2, alias="challenger")]
    patch(cast.owner, f"{RULES}/{made['rule_id']}", {"approvals_needed": 2})
    assert [state(cast, at) for at in requests] == ["superseded", "open", "open"]
    assert data(get(cast.owner, requests[0]))["reason"] == "The rule for Production was changed."
    rule(cast, alias="champion")
    assert [state(cast, at) for at in requests[1:]] == ["superseded", "open"]
    delete(cast.owner, f"{RULES}/{other['rule_id']}")
    assert state(cast, requests[2]) == "superseded"
    assert activity(cast).count("model_version.supersede_request") == 3


def test_a_version_that_is_deleted_supersedes_its_requests(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.owner)
    assert delete(cast.owner, f"{TAXI}/versions/3").status_code == 204
    found = data(get(cast.viewer, at))
    assert (found["state"], found["reason"], found["version"]) == ("superseded", "The version was deleted.", 3)
    assert refusal(approve(cast.admin, at))[:2] == (409, "approval_request_closed")


def test_a_request_without_an_object_is_superseded_when_it_is_decided(cast: Cast) -> None:
    put(cast.owner, f"{TAXI}/versions/3/stage", {"stage": "Production"})
    rule(cast)
    leaves = [
        asked(cast.owner, 3, stage="Archived"),
        asked(cast.owner, 3, stage="None"),
    ]
    assert data(approve(cast.admin, leaves[0]))["state"] == "approved"
    found = data(approve(cast.admin, leaves[1]))
    assert (found["state"], stage(cast)) == ("superseded", "Archived")
    assert "No approval is needed any more" in found["reason"]


def test_an_alias_is_set_and_taken_away_with_approval(cast: Cast) -> None:
    rule(cast, alias="champion")
    at = asked(cast.owner, alias="champion")
    assert data(approve(cast.admin, at))["state"] == "approved"
    assert data(get(cast.viewer, f"{TAXI}/aliases/champion"))["version"] == 3
    assert refusal(ask(cast.owner, alias="champion"))[:2] == (409, "already_there")
    away = asked(cast.owner, alias="champion", removes_alias=True)
    assert refusal(ask(cast.owner, 2, alias="champion", removes_alias=True))[:2] == (409, "already_there")
    assert data(approve(cast.admin, away))["state"] == "approved"
    assert refusal(get(cast.viewer, f"{TAXI}/aliases/champion"))[0] == 400


def test_lists_of_what_is_open_and_of_what_waits_for_whom(cast: Cast, query_budget: Budget) -> None:
    rule(cast, mover_role="editor")
    rule(cast, alias="*", approver_role="editor", approvals_needed=2)
    by_member, by_owner = asked(cast.member), asked(cast.owner, alias="best")
    add_version(cast.member.access(), 0.99)
    closed = asked(cast.owner, 4)
    reject(cast.admin, closed)

    def listed(who: Any, *, waiting: bool) -> list[str]:
        path = f"{PROJECT}/approval-requests?waiting_for_me={str(waiting).lower()}"
        return [f"{PROJECT}/approval-requests/{each['request_id']}" for each in everything(who, path, page_size=1)]

    assert listed(cast.viewer, waiting=False) == [by_owner, by_member]
    assert listed(cast.viewer, waiting=True) == []
    assert listed(cast.member, waiting=True) == [by_owner]
    assert listed(cast.owner, waiting=True) == [by_member]
    assert listed(cast.admin, waiting=True) == [by_owner, by_member]
    approve(cast.admin, by_owner)
    assert listed(cast.admin, waiting=True) == [by_member]
    of_model = everything(cast.viewer, REQUESTS, page_size=2)
    assert [each["state"] for each in of_model] == ["rejected", "open", "open"]
    assert "evidence" not in of_model[0]
    with query_budget("api/approval requests"):
        assert len(data(get(cast.viewer, REQUESTS))["items"]) == 3
    assert refusal(get(cast.stranger, f"{PROJECT}/approval-requests"))[0] == 404


def test_webhooks_are_told_in_the_same_transaction(cast: Cast) -> None:
    create_webhook(
        cast.owner.access(),
        name="chat",
        url="https://93.184.215.14/hook",
        events=[Event.APPROVAL_REQUESTED, Event.APPROVAL_DECIDED, Event.MODEL_VERSION_STAGE_CHANGED],
    )
    rule(cast, approvals_needed=2)
    first, second = people(cast, "first", "second")
    at = asked(cast.owner)
    approve(first, at)
    approve(second, at)
    reject(second, asked(cast.owner, 2))
    access = cast.owner.access()
    with bound(access):
        sent = list(WebhookDelivery.objects.in_project(access).order_by("pk").values_list("event", "payload"))
        jobs = Job.objects.in_project(access).filter(kind="deliver_webhook").count()
    names = [event for event, _ in sent]
    assert names == [
        "approval.requested",
        "model_version.stage_changed",
        "approval.decided",
        "approval.requested",
        "approval.decided",
    ]
    assert jobs == len(sent)
    told = {"name": "taxi", "version": "3", "stage": "Production", "alias": None, "request_id": at.rpartition("/")[2]}
    assert sent[0][1] == {**told, "requested_by": "owner@acme.test"}
    assert sent[2][1] == {**told, "decision": "approved", "decided_by": "second@acme.test"}
    assert (sent[4][1]["decision"], sent[4][1]["version"]) == ("rejected", "2")


def test_another_project_of_the_team_sees_none_of_it(cast: Cast) -> None:
    rule(cast)
    at = asked(cast.owner).rpartition("/")[2]
    post(cast.owner, f"{TAXI}/share", {})
    for path in (
        f"/projects/acme/secret/approval-requests/{at}",
        "/projects/acme/secret/registered-models/vision.taxi/approval-rules",
        "/projects/acme/secret/registered-models/vision.taxi/approval-requests",
    ):
        assert refusal(get(cast.owner, path))[0] == 404
    assert data(get(cast.owner, "/projects/acme/secret/approval-requests"))["items"] == []
