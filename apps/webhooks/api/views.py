"""Webhooks of a project: for those who manage it."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.webhooks import queries, services
from apps.webhooks.api.serializers import (
    DeliveryDetailShape,
    DeliveryShape,
    NewWebhook,
    SecretWebhookShape,
    WebhookChange,
    WebhookShape,
    WebhookTest,
)
from apps.webhooks.events import Event
from apps.webhooks.models import WebhookStatus
from apps.webhooks.services import NewSecret


class WebhookList(ApiView):
    """The webhooks of a project."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE, readonly=True)
    @operation("listWebhooks", response=page_of(WebhookShape), query=PageQuery)
    def get(self, request: Request, access: Access) -> Response:
        """List webhooks, the newest first."""
        rows, scope = queries.webhooks_of_project(access), f"webhooks {access.project.id}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="pk", is_descending=True)
        return Response(page_of(WebhookShape)(page).data)

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("createWebhook", request=NewWebhook, response=SecretWebhookShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access) -> Response:
        """Create a webhook. The answer shows its secret, this once."""
        made = services.create_webhook(access, **_typed(body(NewWebhook, request)))
        return Response(_with_secret(made), status=201)


class WebhookDetail(ApiView):
    """One webhook."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE, readonly=True)
    @operation("getWebhook", response=WebhookShape)
    def get(self, _request: Request, access: Access, webhook_id: str) -> Response:
        """Get a webhook."""
        return Response(WebhookShape(queries.find_webhook(access, queries.webhook_key(webhook_id))).data)

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("updateWebhook", request=WebhookChange, response=WebhookShape)
    def patch(self, request: Request, access: Access, webhook_id: str) -> Response:
        """Change a webhook; what is not sent stays."""
        changes = _typed(body(WebhookChange, request))
        webhook = services.update_webhook(access, webhook_id=queries.webhook_key(webhook_id), **changes)
        return Response(WebhookShape(webhook).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("deleteWebhook", status=204)
    def delete(self, _request: Request, access: Access, webhook_id: str) -> Response:
        """Delete a webhook with its log; what is on its way is not sent any more."""
        services.delete_webhook(access, webhook_id=queries.webhook_key(webhook_id))
        return Response(status=204)


class WebhookSecret(ApiView):
    """The secret of a webhook."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE)
    @operation("rotateWebhookSecret", response=SecretWebhookShape)
    def post(self, _request: Request, access: Access, webhook_id: str) -> Response:
        """Draw a new secret, shown this once; the next delivery is signed with it."""
        return Response(_with_secret(services.rotate_secret(access, webhook_id=queries.webhook_key(webhook_id))))


class WebhookTrial(ApiView):
    """A test of a webhook."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE, binds=False)
    @operation("testWebhook", request=WebhookTest, response=DeliveryShape)
    def post(self, request: Request, access: Access, webhook_id: str) -> Response:
        """Send an example at once, and once; the answer says what became of it."""
        word = body(WebhookTest, request).get("event")
        event = Event(word) if word else None
        delivery = services.send_test(access, webhook_id=queries.webhook_key(webhook_id), event=event)
        return Response(DeliveryShape(delivery).data)


class DeliveryList(ApiView):
    """What was and is to be sent to a webhook."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE, readonly=True)
    @operation("listWebhookDeliveries", response=page_of(DeliveryShape), query=PageQuery)
    def get(self, request: Request, access: Access, webhook_id: str) -> Response:
        """List deliveries, the newest first: those of the last 30 days, at most some 1,000."""
        webhook = queries.find_webhook(access, queries.webhook_key(webhook_id))
        rows, scope = queries.deliveries_of(access, webhook), f"deliveries {webhook.pk}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="pk", is_descending=True)
        return Response(page_of(DeliveryShape)(page).data)


class DeliveryDetail(ApiView):
    """One delivery."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE, readonly=True)
    @operation("getWebhookDelivery", response=DeliveryDetailShape)
    def get(self, _request: Request, access: Access, webhook_id: str, delivery_id: str) -> Response:
        """Get a delivery with what it says."""
        webhook = queries.find_webhook(access, queries.webhook_key(webhook_id))
        delivery = queries.find_delivery(access, webhook, queries.delivery_key(delivery_id))
        return Response(DeliveryDetailShape(delivery).data)


class Redelivery(ApiView):
    """A delivery once more."""

    tag = "webhooks"

    @project_route(Permission.PROJECT_MANAGE)
    @operation("redeliverWebhook", response=DeliveryShape, refusals=(409,))
    def post(self, _request: Request, access: Access, webhook_id: str, delivery_id: str) -> Response:
        """Send a delivery again: the same id and body, all its attempts."""
        keys = {"webhook_id": queries.webhook_key(webhook_id), "delivery_id": queries.delivery_key(delivery_id)}
        return Response(DeliveryShape(services.redeliver(access, **keys)).data)


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    if "events" in fields:
        fields["events"] = [Event(word) for word in fields["events"]]
    if "status" in fields:
        fields["status"] = WebhookStatus(fields["status"])
    return fields


def _with_secret(made: NewSecret) -> dict[str, Any]:
    shown: dict[str, Any] = SecretWebhookShape(made.webhook, context={"secret": made.secret}).data
    return shown
