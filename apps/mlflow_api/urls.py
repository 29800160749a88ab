"""Where the MLflow protocol answers: at the root, and below /{team}/{project}. What follows is found by RouteTable."""

from __future__ import annotations

from django.urls import path

from apps.mlflow_api import views

AJAX = {"is_ajax": True}
# Stands outside of api/, and is a route like any other.
GET_ARTIFACT = {"path": "get-artifact", "is_ajax": True}
GET_VERSION_ARTIFACT = {"path": "model-versions/get-artifact", "is_ajax": True}

root_urlpatterns = [
    path("api/<path:path>", views.api),
    path("ajax-api/<path:path>", views.api, AJAX),
    path("get-artifact", views.api, GET_ARTIFACT),
    path("model-versions/get-artifact", views.api, GET_VERSION_ARTIFACT),
    path("version", views.version),
    path("health", views.health),
]

project_urlpatterns = [
    path("<slug:team>/<slug:project>/api/<path:path>", views.api),
    path("<slug:team>/<slug:project>/ajax-api/<path:path>", views.api, AJAX),
    path("<slug:team>/<slug:project>/get-artifact", views.api, GET_ARTIFACT),
    path("<slug:team>/<slug:project>/model-versions/get-artifact", views.api, GET_VERSION_ARTIFACT),
    path("<slug:team>/<slug:project>/version", views.version),
    path("<slug:team>/<slug:project>/health", views.health),
]
