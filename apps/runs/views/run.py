"""The page of a run, the parts of it that change while the run is live, and the points of its charts."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common.errors import NotFound
from apps.common.ids import parse_hex_id
from apps.projects.pages import project_page
from apps.runs.chart_data import chart_data, encode_chart_data
from apps.runs.details import run_details
from apps.runs.forms import chart_request
from apps.teams.access import Access
from apps.teams.permissions import Permission


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def run(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """Params, metrics, charts, tags, inputs, source and nested runs."""
    return render(request, "runs/run.html", {"access": access, "details": run_details(access, _key(run_id))})


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def live(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """Facts and latest metrics of a run, asked for every few seconds until it has ended."""
    return render(request, "runs/_live.html", {"access": access, "details": run_details(access, _key(run_id))})


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def points(request: HttpRequest, access: Access, run_id: str) -> HttpResponse:
    """The points of some metrics, reduced, as typed arrays."""
    data = chart_data(access, _key(run_id), chart_request(request.GET))
    return HttpResponse(encode_chart_data(data), content_type="application/octet-stream")


def _key(run_id: str) -> uuid.UUID:
    key = parse_hex_id(run_id)
    if key is None:
        raise NotFound
    return key
