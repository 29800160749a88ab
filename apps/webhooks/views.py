"""A project's webhooks: made, changed, tried, and what was sent."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.common.api.paging import page_of_rows
from apps.common.pages import is_fragment_request
from apps.projects.pages import project_page
from apps.projects.queries import project_access
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.webhooks import queries, services
from apps.webhooks.forms import WebhookForm, shown_webhook
from apps.webhooks.models import DeliveryState

DELIVERIES_A_PAGE = 25


@project_page(Permission.PROJECT_MANAGE, readonly=True)
@require_GET
def webhooks(request: HttpRequest, access: Access) -> HttpResponse:
    """All of them, and the form of a new one."""
    return _webhooks(request, access, WebhookForm())


@project_page(Permission.PROJECT_MANAGE, binds=False)
@never_cache
@require_POST
def create(request: HttpRequest, access: Access) -> HttpResponse:
    """Makes a webhook and shows its secret, in this one answer only."""
    form = WebhookForm(request.POST)
    if form.is_valid():
        with form.refusals():
            made = services.create_webhook(access, **form.values())
            # The first webhook of a project makes every Access to it stale, this one too.
            current = project_access(access.credential, access.team.slug, access.project.slug)
            return _webhook(request, current, made.webhook.pk, secret=made.secret)
    return _webhooks(request, access, form, status=400)


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_GET
def webhook(request: HttpRequest, access: Access, webhook_id: str) -> HttpResponse:
    """One of them, with its deliveries; these are asked for every few seconds while one is on its way."""
    return _webhook(request, access, queries.webhook_key(webhook_id))


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def update(request: HttpRequest, access: Access, webhook_id: str) -> HttpResponse:
    """Changes a webhook."""
    key, form = queries.webhook_key(webhook_id), WebhookForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.update_webhook(access, webhook_id=key, **form.values())
            messages.success(request, "Saved.")
            return _back(access, key)
    return _webhook(request, access, key, form=form, status=400)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def delete(request: HttpRequest, access: Access, webhook_id: str) -> HttpResponse:
    """Deletes a webhook."""
    services.delete_webhook(access, webhook_id=queries.webhook_key(webhook_id))
    messages.success(request, "The webhook is deleted.")
    return redirect("project-webhooks", access.team.slug, access.project.slug)


@project_page(Permission.PROJECT_MANAGE, binds=False)
@never_cache
@require_POST
def rotate(request: HttpRequest, access: Access, webhook_id: str) -> HttpResponse:
    """Draws a new secret and shows it, in this one answer only."""
    made = services.rotate_secret(access, webhook_id=queries.webhook_key(webhook_id))
    return _webhook(request, access, made.webhook.pk, secret=made.secret)


@project_page(Permission.PROJECT_MANAGE, binds=False)
@require_POST
def test(request: HttpRequest, access: Access, webhook_id: str) -> HttpResponse:
    """Sends an example."""
    delivery = services.send_test(access, webhook_id=queries.webhook_key(webhook_id))
    if delivery.error:
        messages.error(request, f"The test did not arrive. {delivery.error}")
    else:
        messages.success(request, f"The test arrived: the receiver answered {delivery.status_code}.")
    return _back(access, delivery.webhook.pk)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def redeliver(request: HttpRequest, access: Access, webhook_id: str, delivery_id: str) -> HttpResponse:
    """Sends a delivery again."""
    key = queries.webhook_key(webhook_id)
    services.redeliver(access, webhook_id=key, delivery_id=queries.delivery_key(delivery_id))
    messages.success(request, "It is on its way again.")
    return _back(access, key)


def _back(access: Access, key: uuid.UUID) -> HttpResponse:
    return redirect("project-webhook", access.team.slug, access.project.slug, key.hex)


def _webhooks(request: HttpRequest, access: Access, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    with bound(access, readonly=True):
        found = list(queries.webhooks_of_project(access))
    context = {"access": access, "form": form, "webhooks": found, "is_new_open": form.is_bound or not found}
    return render(request, "webhooks/webhooks.html", context, status=status)


def _webhook(
    request: HttpRequest,
    access: Access,
    key: uuid.UUID,
    *,
    form: WebhookForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    wanted = {"page_size": DELIVERIES_A_PAGE, "page_token": request.GET.get("page")}
    with bound(access, readonly=True):
        found = queries.find_webhook(access, key)
        rows = queries.deliveries_of(access, found)
        page = page_of_rows(rows, wanted, scope=f"deliveries page {key}", field="pk", is_descending=True)
    context = {
        "access": access,
        "webhook": found,
        "form": form or WebhookForm(initial=shown_webhook(found)),
        "secret": secret,
        "deliveries": page.items,
        "is_live": any(delivery.state == DeliveryState.PENDING for delivery in page.items),
        "is_first_page": "page" not in request.GET,
        "next_page_token": page.next_page_token,
    }
    name = "webhooks/_deliveries.html" if is_fragment_request(request) else "webhooks/webhook.html"
    response = render(request, name, context, status=status)
    response["Vary"] = "HX-Request, Cookie"
    return response
