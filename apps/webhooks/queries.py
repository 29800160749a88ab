"""Reads of webhooks, for those who manage the project; inside a bound transaction."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from apps.common.ids import parse_hex_id
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.webhooks.events import MLFLOW_EVENTS, Event
from apps.webhooks.models import Webhook, WebhookDelivery
from apps.webhooks.refusals import delivery_not_found, webhook_not_found


def webhook_key(text: str) -> uuid.UUID:
    """The key of a webhook as addresses spell it.

    Raises:
        NotFound: no webhook is spelt so.
    """
    key = parse_hex_id(text)
    if key is None:
        raise webhook_not_found(text)
    return key


def delivery_key(text: str) -> uuid.UUID:
    """The same of a delivery."""
    key = parse_hex_id(text)
    if key is None:
        raise delivery_not_found()
    return key


def webhooks_of_project(access: Access) -> QuerySet[Webhook]:
    """The project's webhooks, newest first.

    Raises:
        PermissionDenied: the actor does not manage the project.
    """
    access.require(Permission.PROJECT_MANAGE)
    return Webhook.objects.in_project(access).order_by("-id")


def find_webhook(access: Access, webhook_id: uuid.UUID) -> Webhook:
    """One webhook of the project. One statement.

    Raises:
        NotFound: the project has no such webhook.
        PermissionDenied: the actor does not manage the project.
    """
    webhook = webhooks_of_project(access).filter(pk=webhook_id).first()
    if webhook is None:
        raise webhook_not_found(webhook_id.hex)
    return webhook


def deliveries_of(access: Access, webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """What was and is to be sent to a webhook, newest first; raises as `webhooks_of_project`."""
    access.require(Permission.PROJECT_MANAGE)
    return WebhookDelivery.objects.in_project(access).filter(webhook=webhook).order_by("-id")


def find_delivery(access: Access, webhook: Webhook, delivery_id: uuid.UUID) -> WebhookDelivery:
    """One delivery to a webhook. One statement.

    Raises:
        NotFound: there is none, or not any more.
        PermissionDenied: the actor does not manage the project.
    """
    delivery = deliveries_of(access, webhook).filter(pk=delivery_id).first()
    if delivery is None:
        raise delivery_not_found()
    return delivery


def events_of(webhook: Webhook) -> list[Event]:
    """What a webhook is told of."""
    return [Event(word) for word in webhook.events]


def mlflow_events_of(webhook: Webhook) -> list[Event]:
    """Those that MLflow's clients can name."""
    return [event for event in events_of(webhook) if event in MLFLOW_EVENTS]
