"""Every address below /api/v1. Each app brings its own routes; here they are put together."""

from __future__ import annotations

from django.urls import include, path, re_path

from apps.native_api import views

urlpatterns = [
    path("", include("apps.teams.api.urls")),
    path("", include("apps.projects.api.urls")),
    path("", include("apps.jobs.api.urls")),
    path("", include("apps.webhooks.api.urls")),
    path("", include("apps.experiments.api.urls")),
    path("", include("apps.runs.api.urls")),
    path("", include("apps.artifacts.api.urls")),
    path("", include("apps.retention.api.urls")),
    path("", include("apps.registry.api.urls")),
    path("", views.index),
    path("openapi.json", views.openapi, name="api-schema"),
    path("docs", views.docs, name="api-docs"),
    re_path("", views.not_found),
]
