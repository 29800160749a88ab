"""Requests about webhooks."""

from __future__ import annotations

from enum import StrEnum

from apps.mlflow_api.checks import array, int_like, required, string
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, Message


class Entity(StrEnum):
    """What events are about, numbered from 1 in this order. Some are never sent by this server."""

    REGISTERED_MODEL = "REGISTERED_MODEL"
    MODEL_VERSION = "MODEL_VERSION"
    MODEL_VERSION_TAG = "MODEL_VERSION_TAG"
    MODEL_VERSION_ALIAS = "MODEL_VERSION_ALIAS"
    PROMPT = "PROMPT"
    PROMPT_VERSION = "PROMPT_VERSION"
    PROMPT_TAG = "PROMPT_TAG"
    PROMPT_VERSION_TAG = "PROMPT_VERSION_TAG"
    PROMPT_ALIAS = "PROMPT_ALIAS"
    BUDGET_POLICY = "BUDGET_POLICY"


class Action(StrEnum):
    """What happened, numbered from 1 in this order."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"
    SET = "SET"
    EXCEEDED = "EXCEEDED"


class Status(StrEnum):
    """Whether anything is sent, numbered from 1 in this order."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class WebhookEvent(Message):
    """An event. None is a word that MLflow has not got."""

    entity: Entity | None = None
    action: Action | None = None


class CreateWebhook(Message):
    """POST webhooks."""

    name: str = ""
    url: str = ""
    events: list[WebhookEvent] = []
    description: str = ""
    secret: str = ""
    status: Status | None = None


class ListWebhooks(Message):
    """GET webhooks; 0 counts as absent."""

    max_results: Int64 = 0
    page_token: str = ""


class UpdateWebhook(Message):
    """PATCH webhooks/<webhook_id>; None, and empty where nothing else is said, leave a field as it is."""

    webhook_id: str = ""
    name: str = ""
    url: str = ""
    events: list[WebhookEvent] = []
    description: str | None = None
    secret: str | None = None
    status: Status | None = None


class TestWebhook(Message):
    """POST webhooks/<webhook_id>/test."""

    webhook_id: str = ""
    event: WebhookEvent | None = None


_TEXTS = {"description": (string,), "secret": (string,), "status": (string,)}

CREATE_WEBHOOK = RequestSchema(
    CreateWebhook, {"name": (required, string), "url": (required, string), "events": (array, required), **_TEXTS}
)
LIST_WEBHOOKS = RequestSchema(ListWebhooks, {"max_results": (int_like,), "page_token": (string,)})
UPDATE_WEBHOOK = RequestSchema(UpdateWebhook, {"name": (string,), "url": (string,), "events": (array,), **_TEXTS})
TEST_WEBHOOK = RequestSchema(TestWebhook)
