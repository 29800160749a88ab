"""Forms of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.common.forms import StyledForm
from apps.webhooks.events import EVENT_WORDS, Event
from apps.webhooks.models import DESCRIPTION_LENGTH, NAME_LENGTH, URL_LENGTH, Webhook, WebhookStatus


class WebhookForm(StyledForm):
    """A webhook, new or changed."""

    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="Letters, digits, dots, underscores and hyphens."
    )
    url = forms.CharField(label="URL", max_length=URL_LENGTH, help_text="https, on a public host.")
    description = forms.CharField(label="Description", max_length=DESCRIPTION_LENGTH, required=False)
    events = forms.MultipleChoiceField(
        label="Tell it when",
        choices=[(event.value, words) for event, words in EVENT_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    is_active = forms.BooleanField(label="Active", required=False, initial=True)

    def values(self) -> dict[str, Any]:
        """What was chosen, as the services take it."""
        chosen = self.cleaned_data
        return {
            "name": chosen["name"],
            "url": chosen["url"],
            "description": chosen["description"],
            "events": [Event(word) for word in chosen["events"]],
            "status": WebhookStatus.ACTIVE if chosen["is_active"] else WebhookStatus.DISABLED,
        }


def shown_webhook(webhook: Webhook) -> dict[str, Any]:
    """A webhook as its form begins."""
    return {
        "name": webhook.name,
        "url": webhook.url,
        "description": webhook.description,
        "events": webhook.events,
        "is_active": webhook.is_active,
    }
