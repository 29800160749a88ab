"""Routes below mlflow/workspaces: a team's projects, as MLflow sees them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from apps.common.errors import Conflict, InvalidInput, NotFound
from apps.experiments.search import ViewType, search_experiments
from apps.mlflow_api import responses
from apps.mlflow_api.schemas.workspaces import CreateWorkspace, DeleteWorkspace, UpdateWorkspace
from apps.projects.models import Project
from apps.projects.queries import project_access, visible_projects
from apps.projects.services import create_project, delete_project, update_project
from apps.runs.search.query import search_runs
from apps.teams.access import Access, TeamAccess

DELETION_MODES = ("RESTRICT", "CASCADE")


def list_workspaces(access: TeamAccess, _message: None) -> bytes:
    """GET workspaces: the projects that the caller sees."""
    found = visible_projects(access.credential, team=access)
    return responses.encode({"workspaces": [_workspace(each.project) for each in found]} if found else {})


def create_workspace(access: TeamAccess, message: CreateWorkspace) -> HttpResponse:
    """POST workspaces; 201, as clients expect here alone."""
    project = create_project(access, slug=message.name, description=message.description or "")
    return _json({"workspace": _workspace(project)}, status=201)


def get_workspace(access: TeamAccess, _message: None, *, workspace_name: str) -> bytes:
    """GET workspaces/<name>."""
    for each in visible_projects(access.credential, team=access):
        if each.project.slug == workspace_name:
            return responses.encode({"workspace": _workspace(each.project)})
    raise NotFound


def update_workspace(access: TeamAccess, message: UpdateWorkspace, *, workspace_name: str) -> bytes:
    """PATCH workspaces/<name>."""
    if message.description is None and message.default_artifact_root is None:
        raise InvalidInput("nothing_to_change", "Workspace update must have at least one key")
    project = project_access(access.credential, access.team.slug, workspace_name)
    return responses.encode({"workspace": _workspace(update_project(project, description=message.description))})


def delete_workspace(access: TeamAccess, message: DeleteWorkspace, *, workspace_name: str) -> HttpResponse:
    """DELETE workspaces/<name>; 204. RESTRICT, the default, spares a project in which anything was logged."""
    if message.mode.upper() not in DELETION_MODES:
        modes = ", ".join(DELETION_MODES)
        raise InvalidInput("invalid_mode", f"Invalid deletion mode '{message.mode}'. Must be one of: {modes}")
    project = project_access(access.credential, access.team.slug, workspace_name)
    if message.mode.upper() == "RESTRICT" and _holds_anything(project):
        raise Conflict("project_not_empty", f"Workspace '{workspace_name}' is not empty: delete it with mode CASCADE.")
    delete_project(project)
    return HttpResponse(status=204)


def _holds_anything(access: Access) -> bool:
    """Whether there is a run, or an experiment beside the Default one that every project has."""
    if len(search_experiments(access, max_results=2, view_type=ViewType.ALL).experiments) > 1:
        return True
    return bool(search_runs(access, experiment_numbers=None, max_results=1, view_type=ViewType.ALL).rows)


def _workspace(project: Project) -> dict[str, Any]:
    message = {"name": project.slug}
    return message | ({"description": project.description} if project.description else {})


def _json(message: dict[str, Any], *, status: int) -> HttpResponse:
    return HttpResponse(responses.encode(message), status=status, content_type="application/json")
