"""Routes of webhooks."""

from __future__ import annotations

from django.urls import path

from apps.webhooks.api import views

WEBHOOKS = "projects/<slug:team>/<slug:project>/webhooks"
WEBHOOK = f"{WEBHOOKS}/<str:webhook_id>"
DELIVERY = f"{WEBHOOK}/deliveries/<str:delivery_id>"

urlpatterns = [
    path(WEBHOOKS, views.WebhookList.as_view()),
    path(WEBHOOK, views.WebhookDetail.as_view()),
    path(f"{WEBHOOK}/secret", views.WebhookSecret.as_view()),
    path(f"{WEBHOOK}/test", views.WebhookTrial.as_view()),
    path(f"{WEBHOOK}/deliveries", views.DeliveryList.as_view()),
    path(DELIVERY, views.DeliveryDetail.as_view()),
    path(f"{DELIVERY}/redeliver", views.Redelivery.as_view()),
]
