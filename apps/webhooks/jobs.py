"""Background work of webhooks."""

from __future__ import annotations

import uuid

from apps.jobs.errors import AttemptFailed, JobFailed
from apps.jobs.running import RunningJob
from apps.webhooks.models import DeliveryState
from apps.webhooks.services import deliver


def deliver_webhook(job: RunningJob) -> None:
    """Send one delivery; again after a growing while if it does not arrive."""
    delivery = deliver(job.project_id, delivery_id=uuid.UUID(hex=job.args["delivery_id"]))
    if delivery is None or delivery.state == DeliveryState.DELIVERED:
        return
    if delivery.state == DeliveryState.FAILED:
        raise JobFailed(delivery.error)
    raise AttemptFailed(delivery.error)
