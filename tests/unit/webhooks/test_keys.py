"""Secrets of webhooks outlive a change of the server's key."""

from __future__ import annotations

import json
from io import StringIO

from django.core.management import call_command
from pytest_django import Settings

from apps.projects.tenancy import bound
from apps.webhooks.events import Event
from apps.webhooks.models import Webhook
from apps.webhooks.services import create_webhook
from apps.webhooks.signing import opened
from tests.factories.cast import Cast

URL = "https://93.184.215.14/"


def encrypt_again() -> dict[str, int]:
    said = StringIO()
    call_command("encrypt_webhook_secrets", stdout=said)
    counts: dict[str, int] = json.loads(said.getvalue())
    return counts


def test_encrypted_again_under_the_new_key_the_earlier_one_can_go(cast: Cast, settings: Settings) -> None:
    owner, earlier = cast.owner.access(), settings.SECRET_KEY
    made = create_webhook(owner, name="hook", url=URL, events=[Event.RUN_FINISHED])
    create_webhook(cast.owner.access(), name="unsigned", url=URL, events=[Event.RUN_FINISHED], secret="")
    create_webhook(cast.stranger.access(), name="other", url=URL, events=[Event.RUN_FINISHED])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [earlier]
    assert encrypt_again() == {"encrypted": 2, "unreadable": 0}
    settings.SECRET_KEY_FALLBACKS = []
    owner = cast.owner.access()
    with bound(owner):
        assert opened(Webhook.objects.in_project(owner).get(pk=made.webhook.pk).secret) == made.secret
    settings.SECRET_KEY = "yet another one"
    assert encrypt_again() == {"encrypted": 0, "unreadable": 2}
