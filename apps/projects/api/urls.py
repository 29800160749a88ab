"""Routes of the actor, of projects, grants and tokens."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <text:...>
from apps.projects.api import tokens, views

urlpatterns = [
    path("me", views.MeDetail.as_view()),
    path("teams/<slug:team>/projects", views.ProjectList.as_view()),
    path("teams/<slug:team>/tokens", tokens.TokenList.as_view()),
    path("teams/<slug:team>/tokens/<key:token_id>", tokens.TokenDetail.as_view()),
    path("projects", views.VisibleProjectList.as_view()),
    path("projects/<slug:team>/<slug:project>", views.ProjectDetail.as_view()),
    path("projects/<slug:team>/<slug:project>/grants", views.GrantList.as_view()),
    path("projects/<slug:team>/<slug:project>/grants/<key:grant_id>", views.GrantDetail.as_view()),
]
