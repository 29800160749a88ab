"""Routes below mlflow/webhooks.

MLflow's clients know some of the events alone, and fail on a webhook of none that they know: such a webhook is not there
for them, and of the others they see those events that they can name. What they change leaves the rest as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.common.api.paging import page_of_rows
from apps.common.errors import InvalidInput
from apps.mlflow_api import responses
from apps.mlflow_api.schemas import webhooks as schemas
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.webhooks import queries, services
from apps.webhooks.events import MLFLOW_EVENTS, Event
from apps.webhooks.models import Webhook, WebhookStatus
from apps.webhooks.refusals import webhook_not_found

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000


def create_webhook(access: Access, message: schemas.CreateWebhook) -> bytes:
    """POST webhooks. Without a secret nothing is signed, as in MLflow."""
    made = services.create_webhook(
        access,
        name=message.name,
        url=message.url,
        events=_events(message.events),
        description=message.description,
        status=WebhookStatus(message.status or schemas.Status.ACTIVE),
        secret=message.secret,
    )
    return responses.encode({"webhook": _webhook(made.webhook)})


def list_webhooks(access: Access, message: schemas.ListWebhooks) -> bytes:
    """GET webhooks. A page may be shorter than the next one, as webhooks that the client cannot know are left out."""
    size = message.max_results or DEFAULT_PAGE_SIZE
    if not 1 <= size <= MAX_PAGE_SIZE:
        message_text = f"max_results must be between 1 and {MAX_PAGE_SIZE}."
        raise InvalidInput("invalid_page_size", message_text, field="max_results")
    wanted = {"page_size": size, "page_token": message.page_token}
    with bound(access, readonly=True):
        rows, scope = queries.webhooks_of_project(access), f"mlflow webhooks {access.project.id}"
        page = page_of_rows(rows, wanted, scope=scope, field="pk", is_descending=True)
    shown = [_webhook(webhook) for webhook in page.items if queries.mlflow_events_of(webhook)]
    answer: dict[str, Any] = {"webhooks": shown} if shown else {}
    return responses.encode(answer | ({"next_page_token": page.next_page_token} if page.next_page_token else {}))


def get_webhook(access: Access, _message: None, *, webhook_id: str) -> bytes:
    """GET webhooks/<webhook_id>."""
    return responses.encode({"webhook": _webhook(_found(access, webhook_id))})


def update_webhook(access: Access, message: schemas.UpdateWebhook, *, webhook_id: str) -> bytes:
    """PATCH webhooks/<webhook_id>."""
    earlier = _found(access, webhook_id)
    events = None
    if message.events:
        kept = [event for event in queries.events_of(earlier) if event not in MLFLOW_EVENTS]
        events = [*_events(message.events), *kept]
    webhook = services.update_webhook(
        access,
        webhook_id=earlier.pk,
        name=message.name or None,
        url=message.url or None,
        events=events,
        description=message.description,
        status=WebhookStatus(message.status) if message.status else None,
        secret=message.secret,
    )
    return responses.encode({"webhook": _webhook(webhook)})


def delete_webhook(access: Access, _message: None, *, webhook_id: str) -> bytes:
    """DELETE webhooks/<webhook_id>."""
    services.delete_webhook(access, webhook_id=_found(access, webhook_id).pk)
    return responses.EMPTY


def test_webhook(access: Access, message: schemas.TestWebhook, *, webhook_id: str) -> bytes:
    """POST webhooks/<webhook_id>/test. What the receiver answered is never shown, its status code is."""
    webhook = _found(access, webhook_id)
    event = _events([message.event])[0] if message.event else queries.mlflow_events_of(webhook)[0]
    delivery = services.send_test(access, webhook_id=webhook.pk, event=event)
    result: dict[str, Any] = {"success": not delivery.error}
    if delivery.status_code is not None:
        result["response_status"] = delivery.status_code
    if delivery.error:
        result["error_message"] = delivery.error
    return responses.encode({"result": result})


def _found(access: Access, webhook_id: str) -> Webhook:
    """A webhook that the client can know.

    Raises:
        NotFound: there is none.
    """
    with bound(access, readonly=True):
        webhook = queries.find_webhook(access, queries.webhook_key(webhook_id))
    if not queries.mlflow_events_of(webhook):
        raise webhook_not_found(webhook_id)
    return webhook


def _events(messages: Iterable[schemas.WebhookEvent]) -> list[Event]:
    """The events that are named.

    Raises:
        InvalidInput: one of them does not happen here.
    """
    by_name = {event.value: event for event in MLFLOW_EVENTS}
    found = []
    for message in messages:
        word = f"{message.entity or 'unknown'}.{message.action or 'unknown'}".lower()
        if word not in by_name:
            known = ", ".join(sorted(by_name))
            raise InvalidInput("unknown_event", f"There are no events {word} here; there are: {known}.", field="events")
        found.append(by_name[word])
    return found


def _webhook(webhook: Webhook) -> dict[str, Any]:
    message: dict[str, Any] = {
        "webhook_id": webhook.pk.hex,
        "name": webhook.name,
        "url": webhook.url,
        "events": [
            {"entity": event.entity.upper(), "action": event.action.upper()}
            for event in queries.mlflow_events_of(webhook)
        ],
        "status": webhook.status,
        "creation_timestamp": webhook.created_at_ms,
        "last_updated_timestamp": webhook.updated_at_ms,
    }
    return message | ({"description": webhook.description} if webhook.description else {})
