"""Every address, in the order of precedence: fixed words first, then /{team}, then /{team}/{project}."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.mlflow_api.urls import project_urlpatterns as mlflow_of_project
from apps.mlflow_api.urls import root_urlpatterns as mlflow_at_root

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.common.monitoring.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("apps.accounts.urls")),
    path("api/v1/", include("apps.native_api.urls")),
    *([path("", include("apps.common.gallery"))] if settings.DEBUG else []),
    *mlflow_at_root,
    *mlflow_of_project,
    path("<slug:team>/", include("apps.teams.urls")),
    path("", include("apps.projects.urls")),
    path("", include("apps.jobs.urls")),
    path("", include("apps.webhooks.urls")),
    path("", include("apps.runs.urls")),
    path("", include("apps.artifacts.urls")),
    path("", include("apps.retention.urls")),
    path("", include("apps.registry.urls")),
]

handler500 = "apps.native_api.views.server_error"
