"""Addresses of a run's files, below /{team}/{project}/runs/{run_id}; the path of a file is in the query."""

from __future__ import annotations

from django.urls import path

from apps.artifacts import views

_ARTIFACTS = "<slug:team>/<slug:project>/runs/<str:run_id>/artifacts"

urlpatterns = [
    path(_ARTIFACTS, views.artifacts, name="run-artifacts"),
    path(f"{_ARTIFACTS}/preview", views.preview, name="run-artifact-preview"),
    path(f"{_ARTIFACTS}/raw", views.raw, name="run-artifact-raw"),
    path(f"{_ARTIFACTS}/download", views.download, name="run-artifact-download"),
]
