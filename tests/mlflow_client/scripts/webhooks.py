"""Webhooks through the stock client, checked at the client. Run by tests/mlflow_client/test_webhooks.py."""

from __future__ import annotations

import sys

from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus
from mlflow.exceptions import MlflowException

URL = sys.argv[1]
client = MlflowClient()


def events(webhook: object) -> list[str]:
    return sorted(map(str, webhook.events))  # type: ignore[attr-defined]


def refused(code: str, call: object, **arguments: object) -> None:
    found = ""
    try:
        call(**arguments)  # type: ignore[operator]
    except MlflowException as refusal:
        found = refusal.error_code
    assert found == code, (call, found)


made = client.create_webhook(
    name="ci",
    url=URL,
    events=["registered_model.created", "model_version.created", "model_version_alias.created"],
    description="Starts the build",
    secret="of-the-client",
)
assert events(made) == ["model_version.created", "model_version_alias.created", "registered_model.created"]
assert (made.name, made.url, made.description, made.secret) == ("ci", URL, "Starts the build", None)
assert made.status == WebhookStatus.ACTIVE
key = made.webhook_id
found = client.get_webhook(key)
assert (found.webhook_id, found.creation_timestamp) == (key, made.creation_timestamp)
for event in ("model_version_tag.set", "model_version_tag.deleted", "model_version_alias.deleted"):
    client.create_webhook(name=event, url=URL, events=[event], status="DISABLED")
first = client.list_webhooks(max_results=3)
rest = client.list_webhooks(max_results=3, page_token=first.token)
assert [each.webhook_id for each in [*first, *rest]][-1] == key
assert (len(first), len(rest), bool(rest.token)) == (3, 1, False)
arrived = client.test_webhook(key)
assert (arrived.success, arrived.response_status, arrived.response_body) == (True, 204, None), arrived
failed = client.test_webhook(key, event="model_version.created")
assert (failed.success, failed.response_status) == (False, 503), failed
assert failed.error_message == "The receiver answered 503."
changed = client.update_webhook(
    key, name="ci-2", description="", events=["model_version.created"], status=WebhookStatus.DISABLED, secret="new"
)
assert (changed.name, changed.description, changed.status) == ("ci-2", None, WebhookStatus.DISABLED)
assert events(changed) == ["model_version.created"]
assert changed.last_updated_timestamp >= made.last_updated_timestamp
refused("INVALID_PARAMETER_VALUE", client.create_webhook, name="a b", url=URL, events=["model_version.created"])
refused("INVALID_PARAMETER_VALUE", client.create_webhook, name="x", url=URL, events=["prompt.created"])
refused(
    "INVALID_PARAMETER_VALUE",
    client.create_webhook,
    name="x",
    url="https://169.254.169.254/",
    events=["model_version.created"],
)
client.delete_webhook(key)
refused("RESOURCE_DOES_NOT_EXIST", client.get_webhook, webhook_id=key)
refused("RESOURCE_DOES_NOT_EXIST", client.delete_webhook, webhook_id=key)
