"""One attempt to send a delivery: body, headers, signature."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.common.encryption import Undecryptable
from apps.common.errors import InvalidInput
from apps.webhooks.events import Event
from apps.webhooks.http import NotSent, post
from apps.webhooks.models import Webhook, WebhookDelivery
from apps.webhooks.signing import opened, signature

DELIVERY_ID_HEADER = "X-MLflow-Delivery-Id"
TIMESTAMP_HEADER = "X-MLflow-Timestamp"
SIGNATURE_HEADER = "X-MLflow-Signature"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it: the status code if there was an answer, and what is wrong in our own words, empty if nothing is."""

    status_code: int | None
    error: str


def send(webhook: Webhook, delivery: WebhookDelivery, *, workspace: str) -> Attempt:
    """Send a delivery, in no transaction.

    Args:
        webhook: where to, and the secret.
        delivery: what.
        workspace: MLflow's word for the project: its slug.
    """
    body = delivery_body(delivery, workspace=workspace)
    try:
        status_code = post(webhook.url, body, _headers(webhook, delivery, body))
    except Undecryptable:
        return Attempt(None, "The secret cannot be read any more: rotate it.")
    except InvalidInput as exc:
        return Attempt(None, exc.message)
    except NotSent as exc:
        return Attempt(None, str(exc))
    if 200 <= status_code < 300:
        return Attempt(status_code, "")
    if 300 <= status_code < 400:
        return Attempt(status_code, f"Redirects are not followed ({status_code}): write the address that it leads to.")
    return Attempt(status_code, f"The receiver answered {status_code}.")


def delivery_body(delivery: WebhookDelivery, *, workspace: str) -> bytes:
    """The JSON that is sent, the same whenever it is (mlflow/webhooks/delivery.py)."""
    event = Event(delivery.event)
    message = {
        "entity": event.entity,
        "action": event.action,
        "timestamp": datetime.fromtimestamp(delivery.occurred_at_ms / 1000, UTC).isoformat(),
        "data": delivery.payload,
        "workspace": workspace,
    }
    return json.dumps(message).encode()


def _headers(webhook: Webhook, delivery: WebhookDelivery, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        DELIVERY_ID_HEADER: delivery.pk.hex,
        TIMESTAMP_HEADER: timestamp,
    }
    if webhook.is_signed:
        secret = opened(webhook.secret)
        headers[SIGNATURE_HEADER] = signature(secret, delivery_id=delivery.pk.hex, timestamp=timestamp, body=body)
    return headers
