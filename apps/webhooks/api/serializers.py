"""The forms of webhooks and deliveries."""

from __future__ import annotations

from rest_framework import serializers

from apps.common.api.serializers import Input, Shape, Text
from apps.webhooks.events import Event
from apps.webhooks.models import DESCRIPTION_LENGTH, NAME_LENGTH, URL_LENGTH, DeliveryState, Webhook, WebhookStatus
from apps.webhooks.payloads import EXAMPLES

WHEN = "2026-11-23T09:05:00Z"
WHEN_MS = 1_763_888_700_000
EVENTS = [event.value for event in Event]
_EVENTS_HELP = "What it is told of."
_URL_HELP = "https, on a public host."


class WebhookShape(Shape):
    """An address that a project's events are sent to. Its secret is shown when it is made, and not here."""

    webhook_id = serializers.CharField(source="pk.hex")
    name = serializers.CharField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), help_text=_EVENTS_HELP)
    status = serializers.ChoiceField(choices=WebhookStatus.values, help_text="To a disabled one nothing is sent.")
    is_signed = serializers.BooleanField(help_text="Whether deliveries carry a signature.")
    created_by = serializers.CharField(source="created_by_label")
    created_at_ms = serializers.IntegerField(help_text="Milliseconds since the epoch.")
    updated_at_ms = serializers.IntegerField(help_text="Milliseconds since the epoch.")

    example = {
        "webhook_id": "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c",
        "name": "deploy",
        "url": "https://ci.example.com/hooks/runfold",
        "description": "",
        "events": ["model_version.stage_changed"],
        "status": "ACTIVE",
        "is_signed": True,
        "created_by": "ada@example.com",
        "created_at_ms": WHEN_MS,
        "updated_at_ms": WHEN_MS,
    }


class SecretWebhookShape(WebhookShape):
    """A webhook and, this once, its secret."""

    secret = serializers.SerializerMethodField(help_text="Shown now and never again.")

    example = WebhookShape.example | {"secret": "whsec_the-secret-part"}

    def get_secret(self, _: Webhook) -> str:
        """The secret itself."""
        return str(self.context["secret"])


class NewWebhook(Input):
    """A webhook to be."""

    name = serializers.CharField(max_length=NAME_LENGTH, help_text="Letters, digits, dots, underscores and hyphens.")
    url = Text(max_length=URL_LENGTH, help_text=_URL_HELP)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), max_length=len(EVENTS), help_text=_EVENTS_HELP
    )
    description = Text(default="", allow_blank=True, max_length=DESCRIPTION_LENGTH)
    status = serializers.ChoiceField(choices=WebhookStatus.values, default=WebhookStatus.ACTIVE.value)

    example = {
        "name": "deploy",
        "url": "https://ci.example.com/hooks/runfold",
        "events": ["model_version.stage_changed"],
    }


class WebhookChange(Input):
    """What is to change of a webhook."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    url = Text(max_length=URL_LENGTH, required=False, help_text=_URL_HELP)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), max_length=len(EVENTS), required=False, help_text=_EVENTS_HELP
    )
    description = Text(allow_blank=True, required=False, max_length=DESCRIPTION_LENGTH)
    status = serializers.ChoiceField(choices=WebhookStatus.values, required=False)

    example = {"status": "DISABLED"}


class WebhookTest(Input):
    """What to try a webhook with."""

    event = serializers.ChoiceField(
        choices=EVENTS, required=False, help_text="An example of it is sent; of the webhook's first event by default."
    )

    example = {"event": "run.finished"}


class DeliveryShape(Shape):
    """One event on its way to one webhook. Of the receiver's answer the status code is kept, and nothing else."""

    delivery_id = serializers.CharField(source="pk.hex", help_text="As in X-MLflow-Delivery-Id.")
    event = serializers.ChoiceField(choices=EVENTS)
    is_test = serializers.BooleanField()
    state = serializers.ChoiceField(
        choices=DeliveryState.values, help_text="`failed`: given up after its last attempt. `pending`: on its way."
    )
    attempts = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True, help_text="Of the last attempt; null without an answer.")
    error = serializers.CharField(allow_blank=True, help_text="Why the last attempt failed.")
    created_at = serializers.DateTimeField()
    attempted_at = serializers.DateTimeField(allow_null=True, help_text="The last attempt.")
    ended_at = serializers.DateTimeField(allow_null=True)

    example = {
        "delivery_id": "019ab1c2d3e47f5a8b6c7d8e9f0a1b2d",
        "event": "run.finished",
        "is_test": False,
        "state": "delivered",
        "attempts": 2,
        "status_code": 204,
        "error": "",
        "created_at": WHEN,
        "attempted_at": WHEN,
        "ended_at": WHEN,
    }


class DeliveryDetailShape(DeliveryShape):
    """The same with what it says."""

    payload = serializers.JSONField(help_text="`data` of the body.")

    example = DeliveryShape.example | {"payload": EXAMPLES[Event.RUN_FINISHED]}
