"""The front page of a team: its projects."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.projects.forms import ProjectForm
from apps.projects.queries import visible_projects
from apps.projects.services import create_project as create
from apps.teams.access import TeamAccess
from apps.teams.pages import team_page
from apps.teams.permissions import Permission, Visibility


@team_page(Permission.TEAM_READ)
@require_GET
def team(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """The projects that one may see."""
    return _team(request, access, ProjectForm())


@team_page(Permission.PROJECT_CREATE)
@require_POST
def create_project(request: HttpRequest, access: TeamAccess) -> HttpResponse:
    """Makes a project."""
    form = ProjectForm(request.POST)
    if form.is_valid():
        fields = form.cleaned_data | {"visibility": Visibility(form.cleaned_data["visibility"])}
        with form.refusals():
            project = create(access, **fields)
            return redirect("project", access.team.slug, project.slug)
    return _team(request, access, form, status=400)


def _team(request: HttpRequest, access: TeamAccess, form: ProjectForm, *, status: int = 200) -> HttpResponse:
    context = {
        "access": access,
        "form": form,
        "projects": [visible.project for visible in visible_projects(access.credential, team=access)],
        "may_create": access.allows(Permission.PROJECT_CREATE),
    }
    return render(request, "projects/team.html", context, status=status)
