"""What other apps call when something has happened that a webhook can be told of."""

from __future__ import annotations

from typing import Any

from apps.jobs.services import enqueue
from apps.teams.access import Access
from apps.webhooks.events import Event
from apps.webhooks.models import MAX_ATTEMPTS, Webhook, WebhookDelivery, WebhookStatus
from apps.webhooks.payloads import Payload

JOB = "deliver_webhook"
# Attempts that a killed worker began and could not write down count for the job, and not for the delivery.
JOB_ATTEMPTS = MAX_ATTEMPTS + 8
# Of a text in what is sent, and of entries in a map or list: tags may be 100,000 characters each.
TEXT_LENGTH = 5_000
ENTRIES = 200


def emit(access_or_project_id: Access | int, event: Event, payload: Payload) -> None:
    """Have the project's webhooks told, once the transaction is committed and not otherwise.

    Inside the bound transaction of what happened: what is to be sent and the jobs that send it are rows of it, so that
    nothing that is killed loses them. An Access to a project without webhooks costs no statement.

    Args:
        access_or_project_id: the Access of the change; a project's key for the system's own work.
        event: what happened.
        payload: one of apps.webhooks.payloads; texts over 5,000 characters are cut.
    """
    if isinstance(access_or_project_id, Access):
        if not access_or_project_id.project.has_webhooks:
            return
        project_id = access_or_project_id.project.id
    else:
        project_id = access_or_project_id
    told = Webhook.unscoped.filter(project_id=project_id, status=WebhookStatus.ACTIVE)
    data = _bounded(payload)
    for webhook in told.only("pk", "events").order_by("pk"):
        if event in webhook.events:
            queue(WebhookDelivery(project_id=project_id, webhook=webhook, event=event, payload=data))


def queue(delivery: WebhookDelivery) -> None:
    """Store a delivery, new or to be sent again, and the job that sends it; inside a bound transaction.

    The job is the system's own: an event is told whatever becomes of the rights of whoever caused it.
    """
    args = {"delivery_id": delivery.id.hex}
    delivery.job_id = enqueue(delivery.project_id, JOB, args=args, max_attempts=JOB_ATTEMPTS).pk
    delivery.save()


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:TEXT_LENGTH]
    if isinstance(value, dict):
        return {key: _bounded(each) for key, each in list(value.items())[:ENTRIES]}
    if isinstance(value, list):
        return [_bounded(each) for each in value[:ENTRIES]]
    return value
