"""Cheap questions to what a web server depends on. Each returns, or raises what its library raises."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

CONNECT_SECONDS = 1.0


def database() -> None:
    """A new connection and one statement: what a request after a pause needs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def broker() -> None:
    """A new connection, which begins with a PING."""
    with _celery().connection_for_write() as link:
        _connect(link)


def queue_depth() -> int:
    """How many messages wait for a worker."""
    app = _celery()
    with app.connection_for_write() as link:
        _connect(link)
        names = {app.conf.task_default_queue, *(route["queue"] for route in (app.conf.task_routes or {}).values())}
        return sum(_waiting(link, name) for name in sorted(names))


def _connect(link: Any) -> None:
    """Once, or at the most twice at once; opening a channel sends a PING."""
    link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=CONNECT_SECONDS)
    _ = link.default_channel


def _waiting(link: Any, name: str) -> int:
    try:
        return int(link.default_channel.queue_declare(name, passive=True).message_count)
    except link.channel_errors:  # a queue that is empty is not there
        return 0


def _celery() -> Any:
    return import_string(settings.CELERY_APP)
