"""The curves of an experiment: one metric over many runs, as a whole or by a param or tag."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common.filters.errors import InvalidFilter
from apps.common.pages import is_fragment_request
from apps.experiments.queries import get_experiment
from apps.jobs.models import Job, JobState
from apps.jobs.queries import find_job
from apps.projects.pages import project_page
from apps.projects.tenancy import bound
from apps.runs.aggregates.answer import Ready, Waiting, aggregate_metric
from apps.runs.aggregates.compute import Curves
from apps.runs.aggregates.plan import AggregateRequest
from apps.runs.aggregates.tree import json_tree
from apps.runs.curve_choices import curve_choices
from apps.runs.search.query import search_runs
from apps.runs.views.refused_filter import refused_filter
from apps.teams.access import Access
from apps.teams.permissions import Permission

# Runs whose keys are offered.
SAMPLE_RUNS = 100
# As many as there are colours that everybody can tell apart.
DRAWN_GROUPS = 8


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def curves(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The curves of `metric` of the runs that the filter `q` finds, grouped by `group`.

    While a job computes them the page asks again, and names the job in `job`.
    """
    with bound(access, readonly=True):
        details = get_experiment(access, number)
    query, group_by = request.GET.get("q", ""), request.GET.get("group", "")
    context: dict[str, Any] = {
        "access": access,
        "tab": "curves",
        "experiment": details.experiment,
        "query": query,
        "group_by": group_by,
    }
    try:
        found = search_runs(access, experiment_numbers=[number], filter=query, max_results=SAMPLE_RUNS)
        choices = curve_choices(access, found.rows, metric=request.GET.get("metric", ""), group_by=group_by)
        metric = choices.metric
        context |= {"choices": choices, "metric": metric, "has_runs": bool(found.rows)}
        if metric:
            wanted = AggregateRequest(number, metric, filter=query, group_by=group_by)
            context |= _state(access, wanted, request.GET.get("job", ""))
    except InvalidFilter as exc:
        context["refusal"] = refused_filter(exc, query)
    is_fragment = is_fragment_request(request)
    status = 400 if "refusal" in context and not is_fragment else 200
    response = render(request, "runs/_curves.html" if is_fragment else "runs/curves.html", context, status=status)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _state(access: Access, wanted: AggregateRequest, job_id: str) -> dict[str, Any]:
    """The curves, or the job that is waited for, or the one that failed."""
    job = _job(access, job_id)
    if job is not None and job.is_unfinished:
        return {"job": job}
    if job is not None and job.state != JobState.SUCCEEDED:
        return {"failed": job}
    match aggregate_metric(access, wanted):
        case Waiting(job):
            return {"job": job}
        case Ready(found, job):
            return {"job": job, "curves": found, **_drawn(wanted, found)}


def _job(access: Access, job_id: str) -> Job | None:
    try:
        key = uuid.UUID(job_id)
    except ValueError:
        return None
    with bound(access, readonly=True):
        return find_job(access, key)


def _drawn(wanted: AggregateRequest, found: Curves) -> dict[str, Any]:
    shown = found.groups[:DRAWN_GROUPS]
    return {
        "data": orjson.dumps(json_tree(wanted, found, shown), option=orjson.OPT_SERIALIZE_NUMPY).decode(),
        "drawn": len(shown),
        "left_out": found.group_count - len(shown),
    }
