"""A project's settings: its name, who sees it, and the grants in it. And how to connect to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.projects import queries, services
from apps.projects.forms import GrantForm, ProjectSettingsForm
from apps.projects.getting_started import getting_started
from apps.projects.pages import project_page
from apps.teams.access import Access
from apps.teams.permissions import Permission, ProjectRole, Visibility
from apps.teams.queries import members_of, service_accounts_of


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def connect(request: HttpRequest, access: Access) -> HttpResponse:
    """The commands that point training code here."""
    return render(request, "projects/connect.html", {"access": access, "start": getting_started(access)})


@project_page(Permission.PROJECT_READ, readonly=True)
@require_GET
def settings(request: HttpRequest, access: Access) -> HttpResponse:
    """What the project is called, and who may do what in it."""
    return _settings(request, access)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def update_project(request: HttpRequest, access: Access) -> HttpResponse:
    """Changes name, description and visibility."""
    form = ProjectSettingsForm(request.POST)
    if form.is_valid():
        fields = form.cleaned_data | {"visibility": Visibility(form.cleaned_data["visibility"])}
        with form.refusals():
            services.update_project(access, **fields)
            messages.success(request, "Saved.")
            return _back(access)
    return _settings(request, access, form=form)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def set_grant(request: HttpRequest, access: Access) -> HttpResponse:
    """Gives somebody a role in the project."""
    form = GrantForm(request.POST).offer(members_of(access), service_accounts_of(access))
    if form.is_valid():
        with form.refusals():
            services.set_grant(access, role=ProjectRole(form.cleaned_data["role"]), **form.holder_argument())
            return _back(access)
    return _settings(request, access, grant_form=form)


@project_page(Permission.PROJECT_MANAGE)
@require_POST
def remove_grant(_request: HttpRequest, access: Access, grant_id: int) -> HttpResponse:
    """Takes a grant back."""
    services.remove_grant(access, grant_id=grant_id)
    return _back(access)


@project_page(Permission.PROJECT_DELETE)
@require_POST
def delete_project(request: HttpRequest, access: Access) -> HttpResponse:
    """Hides the project and everything in it."""
    services.delete_project(access)
    messages.success(request, f"{access.project.slug} is deleted.")
    return redirect("team", access.team.slug)


def _back(access: Access) -> HttpResponse:
    return redirect("project-settings", access.team.slug, access.project.slug)


def _settings(
    request: HttpRequest,
    access: Access,
    *,
    form: ProjectSettingsForm | None = None,
    grant_form: GrantForm | None = None,
) -> HttpResponse:
    project = queries.get_project(access)
    shown = {"name": project.name, "description": project.description, "visibility": project.visibility}
    offered = grant_form or GrantForm().offer(members_of(access), service_accounts_of(access))
    context = {
        "access": access,
        "project": project,
        "form": form or ProjectSettingsForm(initial=shown),
        "grant_form": offered,
        "grants": list(queries.grants_of(access)),
        "may_manage": access.allows(Permission.PROJECT_MANAGE),
        "may_delete": access.allows(Permission.PROJECT_DELETE),
    }
    return render(request, "projects/settings.html", context, status=400 if form or grant_form else 200)
