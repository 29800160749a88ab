"""Addresses of a project's webhooks, below its settings."""

from __future__ import annotations

from django.urls import path

from apps.webhooks import views

WEBHOOKS = "<slug:team>/<slug:project>/settings/webhooks"
WEBHOOK = f"{WEBHOOKS}/<str:webhook_id>"

urlpatterns = [
    path(WEBHOOKS, views.webhooks, name="project-webhooks"),
    path(f"{WEBHOOKS}/create", views.create, name="webhook-create"),
    path(WEBHOOK, views.webhook, name="project-webhook"),
    path(f"{WEBHOOK}/update", views.update, name="webhook-update"),
    path(f"{WEBHOOK}/delete", views.delete, name="webhook-delete"),
    path(f"{WEBHOOK}/secret", views.rotate, name="webhook-secret"),
    path(f"{WEBHOOK}/test", views.test, name="webhook-test"),
    path(f"{WEBHOOK}/deliveries/<str:delivery_id>/redeliver", views.redeliver, name="webhook-redeliver"),
]
