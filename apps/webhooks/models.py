"""Webhooks of a project, and what was sent to them."""

from __future__ import annotations

from django.db import models

from apps.common.clock import now, now_ms
from apps.common.ids import uuid7
from apps.projects.models import ProjectOwned

NAME_LENGTH = 63
URL_LENGTH = 2_048
DESCRIPTION_LENGTH = 5_000
EVENT_LENGTH = 64
ERROR_LENGTH = 300
# Over about an hour and a half, as jobs wait between attempts.
MAX_ATTEMPTS = 12


class WebhookStatus(models.TextChoices):
    """Whether anything is sent; MLflow's words."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class DeliveryState(models.TextChoices):
    """The life of a delivery. A failed one stays, until somebody has it sent again or it is old."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(ProjectOwned):
    """An address that a project's events are sent to."""

    # In order of creation.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    url = models.CharField(max_length=URL_LENGTH)
    description = models.TextField(blank=True)
    # Values of apps.webhooks.events.Event.
    events = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=WebhookStatus.choices, default=WebhookStatus.ACTIVE)
    # Encrypted: see apps.webhooks.signing. Empty: nothing is signed.
    secret = models.TextField(blank=True)
    created_by_label = models.CharField(max_length=254)
    created_at_ms = models.BigIntegerField(default=now_ms)
    updated_at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="webhooks_webhook_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether its events are sent."""
        return self.status == WebhookStatus.ACTIVE

    @property
    def is_signed(self) -> bool:
        """Whether what is sent carries a signature."""
        return bool(self.secret)


class WebhookDelivery(ProjectOwned):
    """One event on its way to one webhook. Its id is what receivers tell repetitions by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(max_length=EVENT_LENGTH)
    # What happened; the rest of the body is made of the other columns.
    payload = models.JSONField(default=dict)
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    # The job that sends it: made in the same transaction. A test is sent by the request that asks for it.
    job_id = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    # Of the last attempt: all that is kept of an answer.
    status_code = models.IntegerField(null=True)
    error = models.CharField(max_length=ERROR_LENGTH, blank=True)
    occurred_at_ms = models.BigIntegerField(default=now_ms)
    created_at = models.DateTimeField(default=now)
    attempted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["project", "webhook", "-id"], name="webhooks_delivery_newest"),
            models.Index(
                fields=["project", "ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="webhooks_delivery_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.state})"

    @property
    def is_retrying(self) -> bool:
        """Whether it waits after an attempt that failed."""
        return self.state == DeliveryState.PENDING and self.attempts > 0
