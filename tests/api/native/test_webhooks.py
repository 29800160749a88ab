"""Webhooks in the native API: for those who manage the project, and nobody else learns of them."""

from __future__ import annotations

import json

import pytest

from apps.audit.models import AuditEvent
from apps.jobs import worker
from apps.webhooks.events import Event
from apps.webhooks.services.hooks import MAX_WEBHOOKS
from tests.api.native.http import Answer, data, delete, everything, get, patch, post, refusal
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.servers.receiver import Receiver

HOOKS = "/projects/acme/vision/webhooks"
NEW = {"name": "deploy", "url": "https://93.184.215.14/hook", "events": ["run.finished"]}
NOWHERE = "0" * 32


def make(cast: Cast, **fields: object) -> dict[str, str]:
    made: dict[str, str] = data(post(cast.owner, HOOKS, NEW | fields), 201)
    return made


def path_of(made: dict[str, str], more: str = "") -> str:
    return f"{HOOKS}/{made['webhook_id']}{more}"


def test_a_webhook_from_its_beginning_to_its_end(cast: Cast) -> None:
    made = make(cast, description="Starts the deployment")
    assert made.pop("secret").startswith("whsec_")
    expected = {"name": "deploy", "status": "ACTIVE", "is_signed": True, "created_by": "owner@acme.test"}
    assert made.items() >= expected.items()
    assert data(get(cast.owner, path_of(made))) == made
    change = {"name": "deploy-2", "events": ["run.failed", "run.finished", "run.failed"], "status": "DISABLED"}
    changed = data(patch(cast.admin, path_of(made), change))
    assert (changed["name"], changed["status"]) == ("deploy-2", "DISABLED")
    assert changed["events"] == ["run.finished", "run.failed"]
    assert changed["description"] == "Starts the deployment"
    assert delete(cast.owner, path_of(made)).status_code == 204
    assert refusal(get(cast.owner, path_of(made))) == (404, "webhook_not_found", "webhook_id")
    assert refusal(delete(cast.owner, path_of(made)))[0] == 404


def test_the_list_is_newest_first_in_pages(cast: Cast, query_budget: Budget) -> None:
    made = [make(cast, name=f"hook-{number}")["webhook_id"] for number in range(3)]
    found = everything(cast.owner, HOOKS, page_size=2)
    assert [each["webhook_id"] for each in found] == made[::-1]
    with query_budget("api/webhooks"):
        assert all("secret" not in each for each in data(get(cast.owner, HOOKS))["items"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "a" * 64}, "name"),
        ({"url": ""}, "url"),
        ({"url": "https://127.0.0.1:22/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["prompt.created"]}, "events.0"),
        ({"events": "run.finished"}, "events"),
        ({"description": "d" * 5_001}, "description"),
        ({"status": "PAUSED"}, "status"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_a_webhook(cast: Cast, fields: dict[str, object], field: str) -> None:
    status, _, named = refusal(post(cast.owner, HOOKS, NEW | fields))
    assert (status, named) == (400, field)
    made = make(cast)
    assert refusal(patch(cast.owner, path_of(made), fields))[0] == 400
    assert data(get(cast.owner, path_of(made)))["name"] == "deploy"


def test_a_project_has_a_bounded_number(cast: Cast) -> None:
    for number in range(MAX_WEBHOOKS):
        make(cast, name=f"hook-{number}", status="DISABLED")
    assert refusal(post(cast.owner, HOOKS, NEW)) == (409, "too_many_webhooks", None)


def test_members_and_viewers_may_not_and_strangers_find_nothing(cast: Cast) -> None:
    made = make(cast)
    for path in (HOOKS, path_of(made), path_of(made, "/deliveries")):
        assert refusal(get(cast.member, path))[0] == 403
        assert refusal(get(cast.viewer, path))[0] == 403
        assert refusal(get(cast.stranger, path))[0] == 404
        assert refusal(get(cast.machine, path))[0] == 403
        assert refusal(get(None, path))[0] == 401
    for path in (HOOKS, path_of(made, "/secret"), path_of(made, "/test")):
        assert refusal(post(cast.viewer, path, NEW))[0] == 403
    assert data(get(cast.owner, path_of(made)))["updated_at_ms"] == made["updated_at_ms"]


def test_a_new_secret_is_shown_once_and_counts_at_once(cast: Cast, receiver: Receiver) -> None:
    made = make(cast, url=receiver.url())
    rotated = data(post(cast.owner, path_of(made, "/secret")))
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    everything_else = [
        get(cast.owner, HOOKS),
        get(cast.owner, path_of(made)),
        post(cast.owner, path_of(made, "/test"), {}),
    ]
    assert all(rotated["secret"] not in answer.content.decode() for answer in everything_else)
    assert receiver.received[0].is_signed_with(rotated["secret"])


def test_a_test_says_what_became_of_it_and_nothing_of_the_answer(cast: Cast, receiver: Receiver) -> None:
    made = make(cast, url=receiver.url())
    receiver.body, receiver.headers = b"internal words", {"X-Internal": "internal words"}
    arrived = post(cast.owner, path_of(made, "/test"), {"event": "model_version.stage_changed"})
    assert data(arrived).items() >= {"is_test": True, "state": "delivered", "status_code": 204, "error": ""}.items()
    assert receiver.received[0].message["action"] == "stage_changed"
    receiver.statuses.append(500)
    failed = data(post(cast.owner, path_of(made, "/test"), {}))
    assert (failed["state"], failed["status_code"], failed["attempts"]) == ("failed", 500, 1)
    assert failed["error"] == "The receiver answered 500."
    log = get(cast.owner, path_of(made, "/deliveries"))
    assert [each["state"] for each in data(log)["items"]] == ["failed", "delivered"]
    assert not worker.run_next()
    assert "internal" not in log.content.decode()
    assert "internal" not in arrived.content.decode()
    assert refusal(post(cast.owner, path_of(made, "/test"), {"event": "prompt.created"}))[0] == 400
    assert refusal(post(cast.owner, f"{HOOKS}/{NOWHERE}/test", {}))[0] == 404


def test_the_log_and_a_delivery_once_more(cast: Cast, receiver: Receiver, query_budget: Budget) -> None:
    made = make(cast, url=receiver.url())
    data(post(cast.owner, path_of(made, "/test"), {}))
    with query_budget("api/webhook deliveries"):
        (listed,) = data(get(cast.owner, path_of(made, "/deliveries")))["items"]
    at = path_of(made, f"/deliveries/{listed['delivery_id']}")
    detail = data(get(cast.owner, at))
    assert detail["payload"]["status"] == "FINISHED"
    assert detail | {"payload": None} == listed | {"payload": None}
    assert data(post(cast.owner, f"{at}/redeliver"))["state"] == "pending"
    assert refusal(post(cast.owner, f"{at}/redeliver")) == (409, "delivery_pending", None)
    assert worker.run_next()
    assert data(get(cast.owner, at))["state"] == "delivered"
    assert len({each.headers["X-MLflow-Delivery-Id"] for each in receiver.received}) == 1
    assert refusal(get(cast.owner, path_of(made, f"/deliveries/{NOWHERE}"))) == (
        404,
        "delivery_not_found",
        "delivery_id",
    )
    assert refusal(post(cast.owner, path_of(made, f"/deliveries/{NOWHERE}/redeliver")))[0] == 404
    assert refusal(get(cast.owner, path_of(made, "/deliveries/x")))[0] == 404
    other = make(cast)
    assert refusal(get(cast.owner, path_of(other, f"/deliveries/{listed['delivery_id']}")))[0] == 404
    data(patch(cast.owner, path_of(made), {"status": "DISABLED"}))
    assert refusal(post(cast.owner, f"{at}/redeliver")) == (409, "webhook_disabled", None)


def test_every_change_is_in_the_audit_trail_and_no_secret(cast: Cast, receiver: Receiver) -> None:
    made = make(cast, url=receiver.url())
    answers: list[Answer] = [
        patch(cast.owner, path_of(made), {"status": "DISABLED"}),
        patch(cast.owner, path_of(made), {"status": "ACTIVE"}),
        post(cast.owner, path_of(made, "/secret")),
        post(cast.owner, path_of(made, "/test"), {}),
    ]
    secrets = [made["secret"], data(answers[2])["secret"]]
    (delivery,) = data(get(cast.owner, path_of(made, "/deliveries")))["items"]
    post(cast.owner, path_of(made, f"/deliveries/{delivery['delivery_id']}/redeliver"))
    delete(cast.owner, path_of(made))
    events = AuditEvent.objects.filter(object_id=made["webhook_id"]).order_by("pk")
    assert [event.action for event in events] == [
        "webhook.create", "webhook.update", "webhook.update", "webhook.rotate-secret", "webhook.test",
        "webhook.redeliver", "webhook.delete",
    ]  # fmt: skip
    assert {(event.actor_label, event.project_slug) for event in events} == {("owner@acme.test", "vision")}
    written = json.dumps([[event.before, event.after] for event in events])
    assert not any(secret in written for secret in secrets)
    assert events[1].before == {"status": "ACTIVE"}
    assert events[1].after == {"status": "DISABLED"}


def test_every_event_can_be_asked_for(cast: Cast) -> None:
    everything_there_is = [event.value for event in Event]
    made = data(post(cast.owner, HOOKS, NEW | {"events": everything_there_is}), 201)
    assert made["events"] == everything_there_is
