"""What the job of a delivery does."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F

from apps.common.clock import now
from apps.projects.tenancy import bound_to_projects
from apps.webhooks.models import MAX_ATTEMPTS, DeliveryState, WebhookDelivery
from apps.webhooks.services.sending import Attempt, send


def deliver(project_id: int, *, delivery_id: uuid.UUID) -> WebhookDelivery | None:
    """Try to send a delivery, and write down what became of it.

    Whoever is killed between the two sends it again: receivers know a repetition by its id.

    Returns:
        The delivery as it is now; None if it, or its webhook, is gone, or it has been delivered.
    """
    with bound_to_projects([project_id], readonly=True):
        delivery = _rows(project_id, delivery_id).select_related("webhook", "project").first()
    if delivery is None or delivery.state == DeliveryState.DELIVERED:
        return None
    if not delivery.webhook.is_active:
        return _write(
            delivery, {"state": DeliveryState.FAILED, "error": "The webhook was disabled.", "ended_at": now()}
        )
    attempt = send(delivery.webhook, delivery, workspace=delivery.project.slug)
    return _write(delivery, attempted(attempt, number=delivery.attempts + 1) | {"attempts": F("attempts") + 1})


def attempted(attempt: Attempt, *, number: int) -> dict[str, Any]:
    """The columns of a delivery after its attempt of this number."""
    state = DeliveryState.PENDING
    if not attempt.error:
        state = DeliveryState.DELIVERED
    elif number >= MAX_ATTEMPTS:
        state = DeliveryState.FAILED
    return {
        "state": state,
        "status_code": attempt.status_code,
        "error": attempt.error,
        "attempted_at": now(),
        "ended_at": None if state == DeliveryState.PENDING else now(),
    }


def _write(delivery: WebhookDelivery, changes: dict[str, Any]) -> WebhookDelivery | None:
    with bound_to_projects([delivery.project_id]):
        rows = _rows(delivery.project_id, delivery.pk)
        rows.update(**changes)
        found: WebhookDelivery | None = rows.first()
    return found


def _rows(project_id: int, delivery_id: uuid.UUID) -> Any:
    return WebhookDelivery.unscoped.filter(project_id=project_id, pk=delivery_id)
