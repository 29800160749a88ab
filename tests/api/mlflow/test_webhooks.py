"""MLflow's own webhook routes, as its clients send them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.api.mlflow.caller import Caller, Reply
from tests.api.native.http import data, post
from tests.factories.cast import Cast
from tests.servers.receiver import Receiver

CREATED = {"entity": "MODEL_VERSION", "action": "CREATED"}
TAG_SET = {"entity": "MODEL_VERSION_TAG", "action": "SET"}
NEW: dict[str, Any] = {"name": "hook", "url": "https://93.184.215.14/hook", "events": [CREATED]}


def make(caller: Caller, **fields: Any) -> dict[str, Any]:
    reply = caller.post("webhooks", NEW | fields)
    assert reply.status == 200, reply
    webhook: dict[str, Any] = reply.body["webhook"]
    return webhook


def send(caller: Caller, method: str, webhook_id: str, **fields: Any) -> Reply:
    return caller.send(method, f"webhooks/{webhook_id}", orjson.dumps(fields))


def test_create_get_update_list_delete(owner: Caller) -> None:
    made = make(owner, description="For CI", secret="s3cret", status="ACTIVE")
    assert made.keys() == {
        "webhook_id", "name", "url", "events", "status", "creation_timestamp", "last_updated_timestamp", "description",
    }  # fmt: skip
    assert (made["events"], made["status"], made["description"]) == ([CREATED], "ACTIVE", "For CI")
    key = made["webhook_id"]
    assert owner.get(f"webhooks/{key}").body == {"webhook": made}
    changed = send(owner, "PATCH", key, name="other", events=[TAG_SET, CREATED], status="DISABLED", description="")
    webhook = changed.body["webhook"]
    assert (webhook["name"], webhook["status"], webhook["url"]) == ("other", "DISABLED", made["url"])
    assert webhook["events"] == [CREATED, TAG_SET]
    assert "description" not in webhook
    assert owner.get("webhooks").body == {"webhooks": [webhook]}
    assert send(owner, "DELETE", key).body == {}
    gone = owner.get(f"webhooks/{key}")
    assert (gone.status, gone.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert gone.message == f"Webhook with ID {key} not found."
    assert owner.get("webhooks").body == {}


def test_events_and_states_by_number_as_protobuf_may_send_them(owner: Caller) -> None:
    made = make(owner, events=[{"entity": 4, "action": 3}], status=2)
    assert made["events"] == [{"entity": "MODEL_VERSION_ALIAS", "action": "DELETED"}]
    assert made["status"] == "DISABLED"


def test_the_list_in_pages(owner: Caller) -> None:
    made = [make(owner, name=f"hook-{number}")["webhook_id"] for number in range(3)]
    first = owner.get("webhooks", max_results=2).body
    assert [each["webhook_id"] for each in first["webhooks"]] == made[:0:-1]
    second = owner.get("webhooks", max_results=2, page_token=first["next_page_token"]).body
    assert [each["webhook_id"] for each in second["webhooks"]] == made[:1]
    assert "next_page_token" not in second
    for size in (-1, 1001):
        refused = owner.get("webhooks", max_results=size)
        assert (refused.status, refused.message) == (400, "max_results must be between 1 and 1000.")
    assert owner.get("webhooks", page_token="nonsense").status == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": None}, "Missing value for required parameter 'name'"),
        ({"url": ""}, "Missing value for required parameter 'url'"),
        ({"events": None}, "Missing value for required parameter 'events'"),
        ({"events": []}, "Webhook events must be a non-empty list"),
        ({"events": [{"entity": "PROMPT", "action": "CREATED"}]}, "There are no events prompt.created here"),
        ({"events": [{"entity": "MODEL_VERSION", "action": "SET"}]}, "There are no events model_version.set here"),
        ({"events": [{"entity": "TRACE", "action": "CREATED"}]}, "There are no events unknown.created here"),
        ({"events": ["model_version.created"]}, "Invalid value"),
        ({"name": "a b"}, "Webhook name 'a b' is invalid"),
        ({"url": "http://93.184.215.14/"}, "Invalid webhook URL"),
        ({"url": "https://169.254.169.254/"}, "its host has no public address"),
        ({"secret": "s" * 257}, "A secret has at most"),
        ({"secret": "line\nbreak"}, "A secret has at most"),
    ],
)
def test_what_is_refused_and_in_which_words(owner: Caller, fields: dict[str, Any], message: str) -> None:
    reply = owner.post("webhooks", NEW | fields)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert message in reply.message
    assert owner.get("webhooks").body == {}


def test_a_test_is_sent_and_nothing_of_the_answer_shown(owner: Caller, receiver: Receiver) -> None:
    key = make(owner, url=receiver.url(), secret="s3cret", events=[TAG_SET, CREATED])["webhook_id"]
    receiver.body = b"words of the receiver"
    reply = owner.post(f"webhooks/{key}/test", {})
    assert reply.body == {"result": {"success": True, "response_status": 204}}
    assert receiver.received[0].message["data"]["source"] == "models:/123"
    owner.post(f"webhooks/{key}/test", event={"entity": "REGISTERED_MODEL", "action": "CREATED"})
    assert receiver.received[1].message["entity"] == "registered_model"
    receiver.statuses.append(500)
    failed = owner.post(f"webhooks/{key}/test", {}).body["result"]
    assert failed == {"success": False, "response_status": 500, "error_message": "The receiver answered 500."}
    assert owner.post(f"webhooks/{key}/test", event={"entity": "PROMPT", "action": "SET"}).status == 400


def test_a_secret_is_replaced_or_taken_away(owner: Caller, receiver: Receiver) -> None:
    key = make(owner, url=receiver.url())["webhook_id"]
    for secret in ("one", ""):
        send(owner, "PATCH", key, secret=secret)
        send(owner, "PATCH", key, name="renamed")
        owner.post(f"webhooks/{key}/test", {})
    assert ["X-MLflow-Signature" in arrived.headers for arrived in receiver.received] == [True, False]


def test_what_clients_cannot_name_they_do_not_see_and_do_not_lose(cast: Cast, owner: Caller) -> None:
    hooks = "/projects/acme/vision/webhooks"
    url = {"url": NEW["url"]}
    ours = data(post(cast.owner, hooks, url | {"name": "ours", "events": ["run.finished"]}), 201)
    both = data(post(cast.owner, hooks, url | {"name": "both", "events": ["run.failed", "model_version.created"]}), 201)
    (shown,) = owner.get("webhooks").body["webhooks"]
    assert (shown["name"], shown["events"]) == ("both", [CREATED])
    for method in ("GET", "PATCH", "DELETE"):
        assert send(owner, method, ours["webhook_id"]).status == 404
    assert owner.post(f"webhooks/{ours['webhook_id']}/test", {}).status == 404
    send(owner, "PATCH", both["webhook_id"], events=[TAG_SET])
    kept = data(post(cast.owner, f"{hooks}/{both['webhook_id']}/secret"))["events"]
    assert kept == ["model_version_tag.set", "run.failed"]


def test_members_and_viewers_may_not_and_strangers_find_nothing(
    owner: Caller, member: Caller, viewer: Caller, stranger: Caller
) -> None:
    key = make(owner)["webhook_id"]
    for caller, status in ((member, 403), (viewer, 403), (stranger, 404)):
        assert caller.get(f"webhooks/{key}").status == status
        assert send(caller, "DELETE", key).status == status
        assert caller.post(f"webhooks/{key}/test", {}).status == status
    assert viewer.get("webhooks").status == 403
    assert viewer.post("webhooks", NEW).status == 403
    assert owner.get(f"webhooks/{'x' * 32}").status == 404
