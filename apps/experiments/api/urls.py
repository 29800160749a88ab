"""Routes of experiments."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <text:...>
from apps.experiments.api import views

PROJECT = "projects/<slug:team>/<slug:project>"

urlpatterns = [
    path(f"{PROJECT}/experiments", views.ExperimentList.as_view()),
    path(f"{PROJECT}/experiments/<key:experiment_id>/tags", views.ExperimentTagList.as_view()),
    path(f"{PROJECT}/experiments/<key:experiment_id>/tags/<text:key>", views.ExperimentTagDetail.as_view()),
]
