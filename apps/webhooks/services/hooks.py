"""Webhooks made, changed and deleted, by those who manage the project."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from apps.common.clock import now_ms
from apps.common.errors import InvalidInput
from apps.projects.models import Project
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit, bump_epoch
from apps.webhooks.events import Event
from apps.webhooks.http import check_url
from apps.webhooks.models import DESCRIPTION_LENGTH, Webhook, WebhookDelivery, WebhookStatus
from apps.webhooks.queries import find_webhook
from apps.webhooks.refusals import invalid_name, too_many_webhooks
from apps.webhooks.signing import new_secret, sealed

# Every one of them is looked at whenever something happens.
MAX_WEBHOOKS = 50
SECRET_LENGTH = 256
# MLflow's rule (mlflow/utils/validation.py, _validate_webhook_name).
_NAME = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook and, this once, its secret."""

    webhook: Webhook
    secret: str


def create_webhook(
    access: Access,
    *,
    name: str,
    url: str,
    events: Collection[Event],
    description: str = "",
    status: WebhookStatus = WebhookStatus.ACTIVE,
    secret: str | None = None,
) -> NewSecret:
    """A new webhook. Not inside a transaction: the URL's host is looked up.

    Args:
        access: needs PROJECT_MANAGE.
        name: letters, digits, dots, underscores and hyphens.
        url: https, on a public host.
        events: what it is told of, at least one.
        description: for people.
        status: disabled, nothing is sent.
        secret: what deliveries are signed with; None to draw one, empty for no signatures.

    Raises:
        InvalidInput: name, URL, events, description or secret.
        Conflict: the project has as many webhooks as it may.
    """
    access.require(Permission.PROJECT_MANAGE)
    secret = new_secret() if secret is None else secret
    given = {"name": name, "url": url, "events": events, "description": description, "status": status}
    columns = _checked(given) | {"secret": _sealed(secret)}
    with bound(access):
        _lock(access)
        if Webhook.objects.in_project(access).count() >= MAX_WEBHOOKS:
            raise too_many_webhooks(MAX_WEBHOOKS)
        webhook = Webhook(project_id=access.project.id, created_by_label=access.actor.label, **columns)
        webhook.save(force_insert=True)
        _settle_flag(access)
        _audit(access, "webhook.create", webhook, after=_shown(columns))
    return NewSecret(webhook, secret)


def update_webhook(
    access: Access,
    *,
    webhook_id: uuid.UUID,
    name: str | None = None,
    url: str | None = None,
    events: Collection[Event] | None = None,
    description: str | None = None,
    status: WebhookStatus | None = None,
    secret: str | None = None,
) -> Webhook:
    """Change a webhook; what is None stays. Not inside a transaction, like `create_webhook`, and raises as that.

    Raises:
        NotFound: the project has no such webhook.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access, readonly=True):
        find_webhook(access, webhook_id)
    given = {"name": name, "url": url, "events": events, "description": description, "status": status}
    changes = _checked({field: value for field, value in given.items() if value is not None})
    if secret is not None:
        changes["secret"] = _sealed(secret)
    return _change(access, webhook_id, "webhook.update", changes)


def rotate_secret(access: Access, *, webhook_id: uuid.UUID) -> NewSecret:
    """Draw a new secret: the next delivery is signed with it, one that is tried again too.

    Raises:
        NotFound: the project has no such webhook.
    """
    access.require(Permission.PROJECT_MANAGE)
    secret = new_secret()
    return NewSecret(_change(access, webhook_id, "webhook.rotate-secret", {"secret": sealed(secret)}), secret)


def delete_webhook(access: Access, *, webhook_id: uuid.UUID) -> None:
    """Delete a webhook with its deliveries; what is on its way is not sent any more.

    Raises:
        NotFound: the project has no such webhook.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        _lock(access)
        webhook = find_webhook(access, webhook_id)
        WebhookDelivery.objects.in_project(access).filter(webhook=webhook).delete()
        Webhook.objects.in_project(access).filter(pk=webhook_id).delete()
        _settle_flag(access)
        _audit(access, "webhook.delete", webhook, before={"name": webhook.name, "url": webhook.url})


def _change(access: Access, webhook_id: uuid.UUID, action: str, changes: dict[str, Any]) -> Webhook:
    with bound(access):
        _lock(access)
        webhook = find_webhook(access, webhook_id)
        before = {field: getattr(webhook, field) for field in changes}
        for field, value in changes.items():
            setattr(webhook, field, value)
        webhook.updated_at_ms = now_ms()
        webhook.save(update_fields=[*changes, "updated_at_ms"])
        if before.get("status", webhook.status) != webhook.status:
            _settle_flag(access)
        _audit(access, action, webhook, before=_shown(before), after=_shown(changes))
    return webhook


def _lock(access: Access) -> None:
    """One change of a project's webhooks at a time: their number and the project's flag follow from all of them."""
    Project.objects.select_for_update(no_key=True).filter(pk=access.project.id).values_list("pk").get()


def _settle_flag(access: Access) -> None:
    """Have every Access to the project say whether there is anybody to tell: those that say otherwise are stale from now on."""
    has_webhooks = Webhook.objects.in_project(access).filter(status=WebhookStatus.ACTIVE).exists()
    changed = Project.objects.filter(pk=access.project.id).exclude(has_webhooks=has_webhooks)
    if changed.update(has_webhooks=has_webhooks):
        bump_epoch(access.team.id)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The columns that were given, checked; the URL last, since that takes a look-up."""
    columns = dict(given)
    if "name" in given and not _NAME.fullmatch(given["name"]):
        raise invalid_name(given["name"])
    if "events" in given:
        columns["events"] = [event.value for event in Event if event in given["events"]]
        if not columns["events"]:
            raise InvalidInput(
                "no_events", "Webhook events must be a non-empty list: name at least one.", field="events"
            )
    if len(given.get("description", "")) > DESCRIPTION_LENGTH:
        message = f"At most {DESCRIPTION_LENGTH} characters."
        raise InvalidInput("description_too_long", message, field="description")
    if "url" in given:
        check_url(given["url"])
    return columns


def _sealed(secret: str) -> str:
    if len(secret) > SECRET_LENGTH or not secret.isprintable():
        message = f"A secret has at most {SECRET_LENGTH} printable characters."
        raise InvalidInput("invalid_secret", message, field="secret")
    return sealed(secret)


def _shown(columns: dict[str, Any]) -> dict[str, Any]:
    """For the audit trail: of a secret, that there is one."""
    return {field: bool(value) if field == "secret" else value for field, value in columns.items()}


def _audit(access: Access, action: str, webhook: Webhook, **more: Any) -> None:
    audit(
        access, action, "webhook", webhook.pk.hex,
        object_label=webhook.name, project_slug=access.project.slug, **more,
    )  # fmt: skip
