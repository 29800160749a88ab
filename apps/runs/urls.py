"""Addresses of a project's runs, below /{team}/{project}."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...>
from apps.runs.views import curves, experiment, project, run

urlpatterns = [
    path("<slug:team>/<slug:project>", project.project, name="project"),
    # The stock client prints links whose path ends in a slash.
    path("<slug:team>/<slug:project>/", project.project),
    path("<slug:team>/<slug:project>/experiments/<key:number>", experiment.experiment, name="experiment"),
    path(
        "<slug:team>/<slug:project>/experiments/<key:number>/columns",
        experiment.choose_columns,
        name="experiment-columns",
    ),
    path("<slug:team>/<slug:project>/experiments/<key:number>/curves", curves.curves, name="experiment-curves"),
    path("<slug:team>/<slug:project>/runs/<str:run_id>", run.run, name="run"),
    path("<slug:team>/<slug:project>/runs/<str:run_id>/live", run.live, name="run-live"),
    path("<slug:team>/<slug:project>/runs/<str:run_id>/chart-data", run.points, name="run-chart-data"),
]
