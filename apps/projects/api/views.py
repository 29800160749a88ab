"""Who asks, projects and grants."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import page_of_items, page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.projects import queries, services
from apps.projects.api.doors import project_route
from apps.projects.api.serializers import GrantShape, Me, NewGrant, NewProject, ProjectChange, ProjectShape
from apps.projects.queries import VisibleProject
from apps.teams.access import Access, Credential, TeamAccess
from apps.teams.api.doors import signed_in_route, team_route
from apps.teams.permissions import Permission, ProjectRole, Visibility
from apps.teams.queries import teams_of


class MeDetail(ApiView):
    """The actor."""

    tag = "me"

    @signed_in_route
    @operation("getMe", response=Me)
    def get(self, _request: Request, credential: Credential) -> Response:
        """Say who asks, how far the token reaches, and which teams and projects it sees."""
        token = None
        if credential.token_id is not None:
            scopes = sorted(credential.scopes or ())
            token = {"id": credential.token_id, "scopes": scopes, "expires_at": credential.expires_at}
        me = {
            "actor": credential.actor,
            "token": token,
            "teams": teams_of(credential),
            "projects": queries.visible_projects(credential),
        }
        return Response(Me(me).data)


class VisibleProjectList(ApiView):
    """Projects of all teams."""

    tag = "projects"

    @signed_in_route
    @operation("listProjects", response=page_of(ProjectShape), query=PageQuery)
    def get(self, request: Request, credential: Credential) -> Response:
        """List every project that the actor sees, by team and slug."""
        scope = f"projects of {credential.actor.kind} {credential.actor.id}"
        return _projects(queries.visible_projects(credential), request, scope)


class ProjectList(ApiView):
    """Projects of one team."""

    tag = "projects"

    @team_route(Permission.TEAM_READ)
    @operation("listTeamProjects", response=page_of(ProjectShape), query=PageQuery)
    def get(self, request: Request, access: TeamAccess) -> Response:
        """List the projects of a team that the actor sees, by slug."""
        found = queries.visible_projects(access.credential, team=access)
        return _projects(found, request, f"projects in {access.team.id} of {access.actor.kind} {access.actor.id}")

    @team_route(Permission.PROJECT_CREATE)
    @operation("createProject", request=NewProject, response=ProjectShape, status=201, refusals=(409,))
    def post(self, request: Request, access: TeamAccess) -> Response:
        """Create a project, with its experiment Default."""
        new = body(NewProject, request)
        project = services.create_project(access, **new | {"visibility": Visibility(new["visibility"])})
        made = queries.project_access(access.credential, access.team.slug, project.slug)
        return Response(ProjectShape(VisibleProject(project, made)).data, status=201)


class ProjectDetail(ApiView):
    """One project."""

    tag = "projects"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getProject", response=ProjectShape)
    def get(self, _request: Request, access: Access) -> Response:
        """Get a project."""
        return Response(ProjectShape(VisibleProject(queries.get_project(access), access)).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("updateProject", request=ProjectChange, response=ProjectShape)
    def patch(self, request: Request, access: Access) -> Response:
        """Change a project's name, description or visibility; what is not sent stays."""
        change = body(ProjectChange, request)
        if "visibility" in change:
            change["visibility"] = Visibility(change["visibility"])
        return Response(ProjectShape(VisibleProject(services.update_project(access, **change), access)).data)

    @project_route(Permission.PROJECT_DELETE)
    @operation("deleteProject", status=204)
    def delete(self, _request: Request, access: Access) -> Response:
        """Delete a project with everything in it. Its slug stays taken."""
        services.delete_project(access)
        return Response(status=204)


class GrantList(ApiView):
    """The grants of a project."""

    tag = "grants"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("listGrants", response=page_of(GrantShape), query=PageQuery)
    def get(self, request: Request, access: Access) -> Response:
        """List a project's grants, oldest first."""
        rows, scope = queries.grants_of(access), f"grants in {access.project.id}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="id")
        return Response(page_of(GrantShape)(page).data)

    @project_route(Permission.PROJECT_MANAGE)
    @operation("setGrant", request=NewGrant, response=GrantShape)
    def post(self, request: Request, access: Access) -> Response:
        """Give one member or service account a role, in place of any earlier grant to them."""
        new = body(NewGrant, request)
        grant = services.set_grant(access, **new | {"role": ProjectRole(new["role"])})
        return Response(GrantShape(grant).data)


class GrantDetail(ApiView):
    """One grant of a project."""

    tag = "grants"

    @project_route(Permission.PROJECT_MANAGE)
    @operation("removeGrant", status=204)
    def delete(self, _request: Request, access: Access, grant_id: int) -> Response:
        """Take a grant back, from the holder's next request on."""
        services.remove_grant(access, grant_id=grant_id)
        return Response(status=204)


def _projects(found: list[VisibleProject], request: Request, scope: str) -> Response:
    page = page_of_items(
        found, query(PageQuery, request), scope=scope, key=lambda item: [item.access.team.slug, item.project.slug]
    )
    return Response(page_of(ProjectShape)(page).data)
