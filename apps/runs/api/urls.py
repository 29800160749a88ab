"""Routes of runs and their metrics."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <text:...>
from apps.experiments.api.urls import PROJECT
from apps.runs.api import aggregates, experiments, metrics, views

urlpatterns = [
    path(f"{PROJECT}/experiments/<key:experiment_id>", experiments.ExperimentDetail.as_view()),
    path(f"{PROJECT}/experiments/<key:experiment_id>/restore", experiments.ExperimentRestoration.as_view()),
    path(f"{PROJECT}/metrics/aggregate", aggregates.MetricAggregation.as_view()),
    path(f"{PROJECT}/runs", views.RunList.as_view()),
    path("runs/<str:run_id>", views.RunDetail.as_view()),
    path("runs/<str:run_id>/restore", views.RunRestoration.as_view()),
    path("runs/<str:run_id>/batch", views.RunLog.as_view()),
    path("runs/<str:run_id>/tags/<text:key>", views.RunTagDetail.as_view()),
    path("runs/<str:run_id>/metrics", metrics.MetricList.as_view()),
    path("runs/<str:run_id>/metrics.parquet", metrics.MetricExport.as_view()),
    path("runs/<str:run_id>/metrics/<text:key>", metrics.MetricDetail.as_view()),
    path("metrics/query", metrics.MetricQuery.as_view()),
]
