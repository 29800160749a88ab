"""Routes of experiments."""

from __future__ import annotations

from django.urls import path

from apps.experiments.api import views

PROJECT = "projects/<slug:team>/<slug:project>"

urlpatterns = [
    path(f"{PROJECT}/experiments", views.ExperimentList.as_view()),
    path(f"{PROJECT}/experiments/<row_id:experiment_id>/tags", views.ExperimentTagList.as_view()),
    path(f"{PROJECT}/experiments/<row_id:experiment_id>/tags/<path:key>", views.ExperimentTagDetail.as_view()),
]
