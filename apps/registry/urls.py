"""Addresses of a project's registry, below /{team}/{project}. Names have no slash in them."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <word:...>
from apps.registry import views

_PROJECT = "<slug:team>/<slug:project>"
_MODEL = f"{_PROJECT}/models/<word:name>"
_VERSION = f"{_MODEL}/versions/<key:number>"
_RUN = f"{_PROJECT}/runs/<str:run_id>/models"

urlpatterns = [
    path(f"{_PROJECT}/models", views.models, name="registered-models"),
    path(_MODEL, views.model, name="registered-model"),
    path(f"{_MODEL}/describe", views.describe_model, name="registered-model-describe"),
    path(f"{_MODEL}/delete", views.delete_model, name="registered-model-delete"),
    path(_VERSION, views.version, name="model-version"),
    path(f"{_VERSION}/download", views.download, name="model-version-download"),
    path(f"{_VERSION}/stage", views.move_version, name="model-version-stage"),
    path(f"{_VERSION}/alias", views.set_alias, name="model-version-alias"),
    path(f"{_VERSION}/alias/remove", views.remove_alias, name="model-version-alias-remove"),
    path(f"{_VERSION}/delete", views.delete_version, name="model-version-delete"),
    path(_RUN, views.run_models, name="run-models"),
    path(f"{_RUN}/register", views.register, name="run-models-register"),
]
