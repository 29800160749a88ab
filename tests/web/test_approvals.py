"""The pages of approvals."""

from __future__ import annotations

from typing import Any

import pytest

from apps.projects.tenancy import bound
from apps.registry.models import ApprovalRequest
from apps.registry.queries import get_version
from apps.registry.services import (
    approve,
    create_rule,
    move_version,
    reject,
    request_approval,
    set_alias,
    share_model,
    withdraw,
)
from apps.registry.services.approval_rules import Terms
from apps.teams.permissions import ProjectRole
from tests.budgets import Budget
from tests.factories.approvals import add_version, make_versions, read_files
from tests.factories.cast import Cast, Person

MODEL = "/acme/vision/models/taxi"
APPROVALS = f"{MODEL}/approvals"
OPEN = "/acme/vision/approvals"
RULE = {
    "stage": "Production",
    "mover_role": "editor",
    "approvals_needed": "1",
    "approver_role": "maintainer",
    "metric": "acc",
    "metric_comparison": ">=",
    "requires_clean_report": "on",
}


@pytest.fixture(autouse=True)
def taxi(cast: Cast) -> None:
    """Two versions, the second better."""
    make_versions(cast.member.access(), 0.8, 0.9)


def page(person: Person, path: str, status: int = 200) -> str:
    answer = person.browser().get(path)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def post(person: Person, path: str, fields: Any = None) -> Any:
    return person.browser().post(path, fields or {})


def rule(cast: Cast, *, stage: str = "", alias: str = "", **terms: Any) -> int:
    rules = Terms(**{"mover_role": ProjectRole.EDITOR, "approvals_needed": 1, **terms})
    return create_rule(cast.owner.access(), name="taxi", stage=stage, alias=alias, terms=rules).pk


def ask(cast: Cast, **fields: Any) -> ApprovalRequest:
    wanted = {"name": "taxi", "number": 2, "stage": "Production", "comment": "<b>Better</b>", **fields}
    return request_approval(cast.member.access(), **wanted)


def at(request: ApprovalRequest) -> str:
    return f"{OPEN}/{request.pk.hex}"


def test_without_rules_the_page_says_what_to_do(cast: Cast) -> None:
    managed = page(cast.owner, APPROVALS)
    for text in ("No rules", "Make a rule to have checks made", "Nothing waits", "Make rule</button>"):
        assert text in managed, text
    shown = page(cast.member, APPROVALS)
    assert "They can make rules here." in shown
    assert "Make rule</button>" not in shown
    assert "Approvals" in page(cast.viewer, MODEL)
    page(cast.stranger, APPROVALS, status=404)
    page(cast.owner, "/acme/vision/models/bus/approvals", status=404)


def test_maintainers_make_change_and_remove_rules(cast: Cast) -> None:
    answer = post(cast.owner, f"{APPROVALS}/rules", RULE)
    assert (answer.status_code, answer.headers["Location"]) == (302, APPROVALS)
    shown = page(cast.owner, APPROVALS)
    assert "moved by editors or maintainers, 1 approval by maintainers, acc &gt;= champion&#x27;s" in shown
    again = post(cast.owner, f"{APPROVALS}/rules", RULE)
    assert (again.status_code, "has a rule already" in again.content.decode()) == (409, True)
    bad = post(cast.owner, f"{APPROVALS}/rules", RULE | {"stage": "", "alias": ""})
    assert (bad.status_code, "Name a stage or an alias" in bad.content.decode()) == (400, True)
    rule_id = shown.partition("?rule=")[2].partition("#")[0]
    edited = page(cast.owner, f"{APPROVALS}?rule={rule_id}")
    assert "Change the rule for Production" in edited
    assert 'name="stage"' not in edited
    change = f"{APPROVALS}/rules/{rule_id}"
    assert post(cast.owner, change, RULE | {"approvals_needed": "3"}).status_code == 302
    assert "3 approvals by maintainers" in page(cast.viewer, APPROVALS)
    wrong = post(cast.owner, change, RULE | {"approvals_needed": "11"})
    assert (wrong.status_code, "less than or equal to 10" in wrong.content.decode()) == (400, True)
    for person, status in ((cast.member, 403), (cast.stranger, 404)):
        for path in (f"{APPROVALS}/rules", change, f"{change}/remove"):
            assert post(person, path, RULE).status_code == status
    assert post(cast.owner, f"{change}/remove").status_code == 302
    assert "No rules" in page(cast.viewer, APPROVALS)
    page(cast.owner, f"{APPROVALS}?rule={rule_id}", status=404)
    page(cast.owner, f"{APPROVALS}?rule=nonsense")


def test_a_version_is_asked_for_where_a_rule_wants_it(cast: Cast) -> None:
    rule(cast, stage="Production")
    shown = page(cast.member, f"{MODEL}/versions/2")
    for text in ("Ask for approval", "Production: 1 approval by maintainers", "Rules of approval apply"):
        assert text in shown, text
    assert "Set alias" not in shown
    assert ">Move</button>" not in shown
    owned = page(cast.owner, f"{MODEL}/versions/2")
    assert ">Move</button>" in owned
    assert '<option value="Production"' not in owned
    assert '<option value="stage:Production"' in owned
    viewed = page(cast.viewer, f"{MODEL}/versions/2")
    assert "Rules of approval apply" in viewed
    assert "Ask for approval" not in viewed
    fields = {"target": "stage:Production", "archive_existing": "on", "comment": "<b>Better</b>"}
    answer = post(cast.member, f"{MODEL}/versions/2/ask", fields)
    assert answer.status_code == 302
    request = page(cast.viewer, answer.headers["Location"])
    assert "&lt;b&gt;Better&lt;/b&gt;" in request
    assert "what else is in Production is archived" in request
    again = post(cast.member, f"{MODEL}/versions/2/ask", fields)
    assert (again.status_code, "is open" in again.content.decode()) == (409, True)
    assert "Approval for Production was asked for by member@acme.test" in page(cast.viewer, f"{MODEL}/versions/2")
    assert "1 waiting" in page(cast.viewer, MODEL)
    for person, status in ((cast.viewer, 403), (cast.stranger, 404)):
        assert post(person, f"{MODEL}/versions/1/ask", fields).status_code == status
    assert post(cast.member, f"{MODEL}/versions/9/ask", fields).status_code == 404
    assert post(cast.member, f"{MODEL}/versions/1/ask", {"target": "nothing"}).status_code == 400


def test_aliases_are_asked_for_by_name(cast: Cast) -> None:
    set_alias(cast.owner.access(), name="taxi", alias="champion", number=1)
    rule(cast, alias="champion")
    rule(cast, alias="*")
    shown = page(cast.member, f"{MODEL}/versions/2")
    for text in ('value="alias:champion"', "another alias, named below"):
        assert text in shown, text
    assert 'value="remove:champion"' in page(cast.member, f"{MODEL}/versions/1")
    for target, other in (("alias:champion", ""), ("alias:", "best")):
        assert post(cast.member, f"{MODEL}/versions/2/ask", {"target": target, "other_alias": other}).status_code == 302
    away = post(cast.member, f"{MODEL}/versions/1/ask", {"target": "remove:champion"})
    assert "version 1 away from @champion" in page(cast.viewer, away.headers["Location"])
    assert "Nothing takes the place" in page(cast.viewer, away.headers["Location"])


def test_evidence_is_laid_out_and_people_decide_beside_it(cast: Cast) -> None:
    move_version(cast.owner.access(), name="taxi", number=1, stage="Production")
    rule(cast, stage="Production", metric="acc", requires_clean_report=True)
    read_files()
    made = ask(cast, archive_existing=True)
    shown = page(cast.owner, at(made))
    for text in (
        "Candidate: version 2",
        "Champion: version 1",
        "acc &gt;= champion&#x27;s",
        "passed",
        "SHA-256",
        "0 of 1, by maintainers",
        ">Approve</button>",
        ">Reject</button>",
    ):
        assert text in shown, text
    assert "Withdraw request" not in shown
    own = page(cast.member, at(made))
    assert "Withdraw request" in own
    assert ">Approve</button>" not in own
    assert ">Approve</button>" not in page(cast.viewer, at(made))
    page(cast.stranger, at(made), status=404)
    assert post(cast.owner, f"{at(made)}/approve", {"comment": "<i>ok</i>"}).headers["Location"] == at(made)
    done = page(cast.viewer, at(made))
    for text in ("approved", "by owner@acme.test", "&lt;i&gt;ok&lt;/i&gt;", "as it was when the version moved"):
        assert text in done, text
    assert get_version(cast.viewer.access(), "taxi", 2).version.stage == "Production"
    late = post(cast.owner, f"{at(made)}/reject", {"comment": ""})
    assert (late.status_code, "is approved already" in late.content.decode()) == (409, True)


def test_decisions_that_are_refused_say_why(cast: Cast) -> None:
    rule(cast, stage="Production", mover_role=ProjectRole.EDITOR)
    made = ask(cast)
    own = post(cast.member, f"{at(made)}/approve")
    assert (own.status_code, "request of their own" in own.content.decode()) == (403, True)
    assert post(cast.member, f"{at(made)}/reject").status_code == 403
    assert post(cast.owner, f"{at(made)}/withdraw").status_code == 403
    assert post(cast.viewer, f"{at(made)}/approve").status_code == 403
    assert post(cast.stranger, f"{at(made)}/approve").status_code == 404
    assert post(cast.owner, f"{at(made)}/approve", {"comment": "x" * 5001}).status_code == 400
    assert post(cast.owner, f"{at(made)}/reject", {"comment": "x" * 5001}).status_code == 400
    assert post(cast.owner, f"{at(made)}/reject", {"comment": "No."}).status_code == 302
    assert "rejected" in page(cast.viewer, at(made))
    assert post(cast.owner, f"{OPEN}/nonsense/approve").status_code == 404


def test_an_approval_that_moves_nothing_says_so(cast: Cast) -> None:
    rule(cast, stage="Production", approvals_needed=2)
    made = ask(cast)
    browser = cast.owner.browser()
    assert "It waits for more approvals." in browser.post(f"{at(made)}/approve", follow=True).content.decode()
    rule(cast, stage="Staging")
    assert "1 of 2" in page(cast.viewer, APPROVALS)


def test_open_requests_of_the_project_and_those_that_wait_for_me(cast: Cast) -> None:
    assert "where a rule of its model wants it" in page(cast.viewer, OPEN)
    assert "Nothing waits for you" in page(cast.viewer, f"{OPEN}?waiting=me")
    rule(cast, stage="Production")
    ask(cast)
    assert "taxi, version 2 to Production" in page(cast.viewer, OPEN)
    assert "taxi, version 2 to Production" in page(cast.owner, f"{OPEN}?waiting=me")
    assert "Nothing waits for you" in page(cast.member, f"{OPEN}?waiting=me")
    page(cast.stranger, OPEN, status=404)


def test_history_keeps_every_end(cast: Cast, query_budget: Budget) -> None:
    rule(cast, stage="Production")
    rule(cast, stage="Staging", approvals_needed=0)
    withdraw(cast.member.access(), request_id=ask(cast).pk)
    reject(cast.owner.access(), request_id=ask(cast).pk)
    approve(cast.owner.access(), request_id=ask(cast).pk)
    move_version(cast.member.access(), name="taxi", number=1, stage="Staging")
    superseded = ask(cast, number=add_version(cast.member.access(), 0.99))
    rule(cast, stage="Archived")
    create_rule(cast.owner.access(), name="taxi", alias="best", terms=Terms())
    shown = page(cast.viewer, APPROVALS)
    for text in ("withdrawn", "rejected", "approved", "none needed", "waits"):
        assert text in shown, text
    with query_budget("page/approvals"):
        page(cast.viewer, APPROVALS)
    access = cast.viewer.access()
    with bound(access):
        at_once = ApprovalRequest.objects.in_project(access).get(stage="Staging", version_number=1)
    assert "Passed its rule at once" in page(cast.viewer, at(at_once))
    assert "people decide" in page(cast.viewer, at(superseded))


def test_a_borrowed_model_shows_no_approvals(cast: Cast) -> None:
    rule(cast, stage="Production")
    made = ask(cast)
    share_model(cast.owner.access(), name="taxi", to_project=None)
    borrowed = "/acme/secret/models/vision.taxi"
    for path in (borrowed, f"{borrowed}/versions/2"):
        shown = page(cast.owner, path)
        assert "Approvals" not in shown
        assert "Rules of approval apply" not in shown
    page(cast.owner, f"{borrowed}/approvals", status=404)
    page(cast.owner, f"/acme/secret/approvals/{made.pk.hex}", status=404)
    assert post(cast.owner, f"{borrowed}/versions/2/ask", {"target": "stage:Production"}).status_code == 404
