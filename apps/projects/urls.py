"""Addresses of home, of a team's projects and tokens, and of a project's settings."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...>
from apps.projects.views import home, settings, team, tokens

urlpatterns = [
    path("", home.home, name="home"),
    path("new", home.create_team, name="team-create"),
    path("<slug:team>", team.team, name="team"),
    path("<slug:team>/projects/create", team.create_project, name="project-create"),
    path("<slug:team>/tokens", tokens.tokens, name="team-tokens"),
    path("<slug:team>/tokens/create", tokens.create_token, name="team-token-create"),
    path("<slug:team>/tokens/<key:token_id>/revoke", tokens.revoke_token, name="team-token-revoke"),
    path("<slug:team>/<slug:project>/connect", settings.connect, name="project-connect"),
    path("<slug:team>/<slug:project>/settings", settings.settings, name="project-settings"),
    path("<slug:team>/<slug:project>/settings/update", settings.update_project, name="project-update"),
    path("<slug:team>/<slug:project>/settings/delete", settings.delete_project, name="project-delete"),
    path("<slug:team>/<slug:project>/settings/grants", settings.set_grant, name="project-grant-set"),
    path(
        "<slug:team>/<slug:project>/settings/grants/<key:grant_id>/remove",
        settings.remove_grant,
        name="project-grant-remove",
    ),
]
