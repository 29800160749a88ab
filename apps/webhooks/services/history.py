"""The log of deliveries: sent again, tested, and forgotten after a while."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.common.clock import now
from apps.common.errors import Conflict
from apps.jobs.models import UNFINISHED, Job
from apps.projects.models import Project
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit
from apps.webhooks.events import Event
from apps.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from apps.webhooks.payloads import EXAMPLES
from apps.webhooks.queries import find_delivery, find_webhook
from apps.webhooks.services.delivering import attempted
from apps.webhooks.services.emit import queue
from apps.webhooks.services.sending import send

# Of each webhook.
KEPT_DELIVERIES = 1_000
_BATCH = 500
_ABANDONED = "It was given up: its background job was cancelled, or failed."


def redeliver(access: Access, *, webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> WebhookDelivery:
    """Send a delivery again, with the same id and body, with all its attempts.

    Raises:
        NotFound: the project has no such webhook, or that no such delivery (any more).
        Conflict: it is on its way, or the webhook is disabled.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        webhook = find_webhook(access, webhook_id)
        if not webhook.is_active:
            raise Conflict("webhook_disabled", "The webhook is disabled: make it active first.")
        # Locked: of two that ask at once, the second finds it on its way.
        rows = WebhookDelivery.objects.in_project(access).filter(webhook=webhook, pk=delivery_id)
        delivery = rows.select_for_update(no_key=True).first() or find_delivery(access, webhook, delivery_id)
        if delivery.state == DeliveryState.PENDING and _has_job(access, delivery):
            raise Conflict("delivery_pending", "It is on its way already.")
        delivery.state, delivery.attempts, delivery.error = DeliveryState.PENDING, 0, ""
        delivery.status_code = delivery.ended_at = None
        queue(delivery)
        _audit(access, "webhook.redeliver", webhook, {"delivery_id": delivery.pk.hex, "event": delivery.event})
    return delivery


def send_test(access: Access, *, webhook_id: uuid.UUID, event: Event | None = None) -> WebhookDelivery:
    """Send an example at once, once, active or not; not inside a transaction.

    Args:
        access: needs PROJECT_MANAGE.
        webhook_id: where to.
        event: of what; the first of the webhook's if None.

    Returns:
        The delivery, in the log like all others.

    Raises:
        NotFound: the project has no such webhook.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access, readonly=True):
        webhook = find_webhook(access, webhook_id)
    event = event or Event(webhook.events[0])
    delivery = WebhookDelivery(
        project_id=access.project.id,
        webhook=webhook,
        event=event,
        payload=dict(EXAMPLES[event]),
        is_test=True,
        attempts=1,
    )
    attempt = send(webhook, delivery, workspace=access.project.slug)
    for column, value in attempted(attempt, number=1).items():
        setattr(delivery, column, value)
    if attempt.error:
        delivery.state, delivery.ended_at = DeliveryState.FAILED, now()
    with bound(access):
        # Deleted meanwhile, it has no log.
        find_webhook(access, webhook_id)
        delivery.save(force_insert=True)
        _audit(access, "webhook.test", webhook, {"event": event, "status_code": delivery.status_code})
    return delivery


def forget() -> int:
    """Delete what ended long ago and what is more than the newest 1,000 of a webhook; end what no job sends any more.

    Returns:
        How many were deleted.
    """
    return sum(_forget(project_ids) for project_ids in _chunks_of_projects())


def _forget(project_ids: list[int]) -> int:
    before = now() - timedelta(days=settings.WEBHOOKS_HISTORY_DAYS)
    count = 0
    with bound_to_projects(project_ids):
        rows = WebhookDelivery.unscoped.filter(project_id__in=project_ids)
        jobs = Job.unscoped.filter(pk=OuterRef("job_id"), project_id=OuterRef("project_id"), state__in=UNFINISHED)
        abandoned = rows.filter(~Exists(jobs), state=DeliveryState.PENDING)
        abandoned.update(state=DeliveryState.FAILED, error=_ABANDONED, ended_at=now())
        count += rows.filter(ended_at__lt=before).delete()[0]
        for webhook_id in Webhook.unscoped.filter(project_id__in=project_ids).values_list("pk", flat=True):
            of_one = rows.filter(webhook_id=webhook_id)
            oldest = of_one.order_by("-id").values_list("pk", flat=True)[KEPT_DELIVERIES : KEPT_DELIVERIES + 1].first()
            if oldest is not None:
                count += of_one.filter(pk__lte=oldest, ended_at__isnull=False).delete()[0]
    return count


def _has_job(access: Access, delivery: WebhookDelivery) -> bool:
    if delivery.job_id is None:
        return False
    return Job.objects.in_project(access).filter(pk=delivery.job_id, state__in=UNFINISHED).exists()


def _audit(access: Access, action: str, webhook: Webhook, after: dict[str, object]) -> None:
    audit(
        access, action, "webhook", webhook.pk.hex,
        object_label=webhook.name, project_slug=access.project.slug, after=after,
    )  # fmt: skip


def _chunks_of_projects() -> Iterator[list[int]]:
    project_ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(project_ids), _BATCH):
        yield project_ids[start : start + _BATCH]
