"""/healthz, /readyz and /metrics."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from apps.common.api.json import json_answer
from apps.common.errors import NotFound
from apps.common.monitoring.counters import counters
from apps.common.monitoring.exposition import CONTENT_TYPE, exposition
from apps.common.monitoring.readiness import OK, readiness
from apps.common.pages import public_page


@csrf_exempt
@public_page
def healthz(_request: HttpRequest) -> HttpResponse:
    """That this process answers, whatever becomes of what it depends on: restarting it would not help those."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@csrf_exempt
@public_page
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether to send requests here: 503 says which part does not work, and nothing of where it is."""
    report = readiness().report()
    is_ready = all(said == OK for said in report.values())
    body = {"status": OK if is_ready else "unavailable", "parts": report}
    answer = json_answer(body, status=200 if is_ready else 503)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@csrf_exempt
@public_page
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts of all processes of this web server, for Prometheus.

    Raises:
        NotFound: no token is set up.
    """
    if counters is None:
        raise NotFound
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(counters.totals()), content_type=CONTENT_TYPE)
