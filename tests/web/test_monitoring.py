"""/healthz, /readyz and /metrics, as an installation without a metrics token has them."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.common.monitoring.readiness import readiness


def test_health_asks_nothing_of_anything(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_there_are_no_metrics_without_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_all_parts_are_ready(client: Client) -> None:
    readiness.cache_clear()
    answer = client.get("/readyz")
    assert answer.json() == {"status": "ok", "parts": {"database": "ok", "broker": "ok", "store": "ok"}}
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
