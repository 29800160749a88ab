"""The front page of a project: its experiments and its newest runs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.projects.getting_started import getting_started
from apps.projects.pages import project_page
from apps.projects.queries import get_project
from apps.runs.overview import experiment_overviews
from apps.runs.search.query import search_runs
from apps.runs.tables import runs_table
from apps.teams.access import Access
from apps.teams.permissions import Permission

NEWEST_RUNS = 10


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def project(request: HttpRequest, access: Access) -> HttpResponse:
    """Experiments and newest runs; how to log the first one where there is none."""
    newest = search_runs(access, experiment_numbers=None, max_results=NEWEST_RUNS).rows
    experiments = experiment_overviews(access)
    names = {experiment.number: experiment.name for experiment in experiments}
    context = {
        "access": access,
        "project": get_project(access),
        "experiments": experiments,
        "newest": [
            (row, names.get(row.run.experiment_number, "")) for row in runs_table(newest, chosen=(), order=None).rows
        ],
        "start": None if newest else getting_started(access),
    }
    return render(request, "runs/project.html", context)
