"""Celery's view of webhooks."""

from __future__ import annotations

from celery import shared_task

from apps.webhooks.services.history import forget as forget_deliveries


@shared_task
def forget() -> None:
    """Bound the log of deliveries."""
    forget_deliveries()
