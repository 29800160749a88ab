"""Home: the teams and projects of whoever is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.projects.getting_started import getting_started
from apps.projects.queries import visible_projects
from apps.teams.access import Credential
from apps.teams.forms import TeamForm
from apps.teams.pages import signed_in_page
from apps.teams.permissions import TEAM_PERMISSIONS, Permission, TeamRole
from apps.teams.queries import teams_of
from apps.teams.services import create_team as create


@signed_in_page
@require_GET
def home(request: HttpRequest, credential: Credential) -> HttpResponse:
    """Teams, their projects, and how to begin."""
    return _home(request, credential, TeamForm())


@signed_in_page
@require_POST
def create_team(request: HttpRequest, credential: Credential) -> HttpResponse:
    """Makes a team, with its maker as owner."""
    form = TeamForm(request.POST)
    if form.is_valid():
        with form.refusals():
            team = create(credential, **form.cleaned_data, owner=request.user)  # type: ignore[arg-type]
            messages.success(request, f"{team.slug} is ready: create its first project.")
            return redirect("team", team.slug)
    return _home(request, credential, form, status=400)


def _home(request: HttpRequest, credential: Credential, form: TeamForm, *, status: int = 200) -> HttpResponse:
    projects = visible_projects(credential)
    teams = [
        {
            "slug": team.slug,
            "name": team.name,
            "role": team.role,  # type: ignore[attr-defined]
            "may_create": Permission.PROJECT_CREATE in TEAM_PERMISSIONS[TeamRole(team.role)],  # type: ignore[attr-defined]
            "projects": [visible.project for visible in projects if visible.project.team_id == team.pk],
        }
        for team in teams_of(credential)
    ]
    writable = [visible.access for visible in projects if visible.access.allows(Permission.RUN_LOG)]
    context = {"teams": teams, "form": form, "start": getting_started(writable[0]) if writable else None}
    return render(request, "projects/home.html", context, status=status)
