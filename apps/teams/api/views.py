"""Teams, their members, their service accounts, and the audit trail."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.queries import events_of_team
from apps.common.api.paging import page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView, django_request
from apps.common.errors import PermissionDenied
from apps.teams import queries, services
from apps.teams.access import Credential, TeamAccess
from apps.teams.api.doors import signed_in_route, team_route
from apps.teams.api.serializers import (
    AuditEventShape,
    MemberShape,
    NewMember,
    NewServiceAccount,
    NewTeam,
    RoleChange,
    ServiceAccountShape,
    TeamChange,
    TeamShape,
)
from apps.teams.permissions import Permission, TeamRole


class TeamList(ApiView):
    """Teams."""

    tag = "teams"

    @signed_in_route
    @operation("listTeams", response=page_of(TeamShape), query=PageQuery)
    def get(self, request: Request, credential: Credential) -> Response:
        """List the actor's teams by slug; a token shows the one that it is bound to."""
        teams = queries.teams_of(credential)
        scope = f"teams of {credential.actor.kind} {credential.actor.id}"
        page = page_of_rows(teams, query(PageQuery, request), scope=scope, field="slug")
        return Response(page_of(TeamShape)(page).data)

    @signed_in_route
    @operation("createTeam", request=NewTeam, response=TeamShape, status=201, refusals=(409,))
    def post(self, request: Request, credential: Credential) -> Response:
        """Create a team and own it.

        From a browser session alone: a token belongs to a team already.
        """
        if credential.token_id is not None:
            raise PermissionDenied("session_needed", "A token acts in its own team: create teams in the browser.")
        new = body(NewTeam, request)
        owner = django_request(request).user
        team = services.create_team(credential, owner=owner, **new)  # type: ignore[arg-type]  # signed in: no Anonymous
        return Response(_team(queries.team_access(credential, team.slug)), status=201)


class TeamDetail(ApiView):
    """One team."""

    tag = "teams"

    @team_route(Permission.TEAM_READ)
    @operation("getTeam", response=TeamShape)
    def get(self, _request: Request, access: TeamAccess) -> Response:
        """Get a team."""
        return Response(_team(access))

    @team_route(Permission.TEAM_MANAGE)
    @operation("updateTeam", request=TeamChange, response=TeamShape)
    def patch(self, request: Request, access: TeamAccess) -> Response:
        """Rename a team; its slug stays."""
        services.rename_team(access, **body(TeamChange, request))
        return Response(_team(access))


class MemberList(ApiView):
    """The members of a team."""

    tag = "members"

    @team_route(Permission.TEAM_READ)
    @operation("listMembers", response=page_of(MemberShape), query=PageQuery)
    def get(self, request: Request, access: TeamAccess) -> Response:
        """List a team's members by e-mail address."""
        rows, scope = queries.members_of(access), f"members of {access.team.id}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="user__email")
        return Response(page_of(MemberShape)(page).data)

    @team_route(Permission.MEMBER_MANAGE)
    @operation("addMember", request=NewMember, response=MemberShape, status=201, refusals=(409,))
    def post(self, request: Request, access: TeamAccess) -> Response:
        """Make somebody who has an account a member. Only owners make owners."""
        new = body(NewMember, request)
        member = services.add_member(access, email=new["email"], role=TeamRole(new["role"]))
        return Response(MemberShape(member).data, status=201)


class MemberDetail(ApiView):
    """One member of a team."""

    tag = "members"

    @team_route(Permission.MEMBER_MANAGE)
    @operation("setMemberRole", request=RoleChange, response=MemberShape, refusals=(409,))
    def patch(self, request: Request, access: TeamAccess, user_id: int) -> Response:
        """Change a member's role, from the member's next request on."""
        role = TeamRole(body(RoleChange, request)["role"])
        return Response(MemberShape(services.set_member_role(access, user_id=user_id, role=role)).data)

    # Everybody may leave, hence less than MEMBER_MANAGE, which the service asks for where it is somebody else; but no
    # token that is only for reading or logging may end its owner's membership.
    @team_route(Permission.TOKEN_OWN)
    @operation("removeMember", status=204, refusals=(409,))
    def delete(self, _request: Request, access: TeamAccess, user_id: int) -> Response:
        """Remove a member, with their tokens and grants in the team.

        Members may remove themselves; anybody else needs `member:manage`.
        """
        services.remove_member(access, user_id=user_id)
        return Response(status=204)


class ServiceAccountList(ApiView):
    """The service accounts of a team."""

    tag = "service accounts"

    @team_route(Permission.TEAM_READ)
    @operation("listServiceAccounts", response=page_of(ServiceAccountShape), query=PageQuery)
    def get(self, request: Request, access: TeamAccess) -> Response:
        """List a team's active service accounts by name."""
        rows, scope = queries.service_accounts_of(access), f"service accounts of {access.team.id}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="name")
        return Response(page_of(ServiceAccountShape)(page).data)

    @team_route(Permission.SERVICE_ACCOUNT_MANAGE)
    @operation(
        "createServiceAccount", request=NewServiceAccount, response=ServiceAccountShape, status=201, refusals=(409,)
    )
    def post(self, request: Request, access: TeamAccess) -> Response:
        """Create a service account; give it a token next."""
        new = body(NewServiceAccount, request)
        account = services.create_service_account(access, name=new["name"], role=TeamRole(new["role"]))
        return Response(ServiceAccountShape(account).data, status=201)


class ServiceAccountDetail(ApiView):
    """One service account of a team."""

    tag = "service accounts"

    @team_route(Permission.SERVICE_ACCOUNT_MANAGE)
    @operation("deactivateServiceAccount", status=204)
    def delete(self, _request: Request, access: TeamAccess, service_account_id: int) -> Response:
        """Stop a service account: its tokens are refused from the next request on."""
        services.deactivate_service_account(access, service_account_id=service_account_id)
        return Response(status=204)


class AuditTrail(ApiView):
    """What was changed in a team."""

    tag = "audit"

    @team_route(Permission.AUDIT_READ)
    @operation("listAuditEvents", response=page_of(AuditEventShape), query=PageQuery)
    def get(self, request: Request, access: TeamAccess) -> Response:
        """List a team's audit trail, newest first."""
        rows, scope = events_of_team(access.team.id), f"audit of {access.team.id}"
        page = page_of_rows(rows, query(PageQuery, request), scope=scope, field="id", is_descending=True)
        return Response(page_of(AuditEventShape)(page).data)


def _team(access: TeamAccess) -> dict[str, object]:
    return TeamShape(queries.teams_of(access.credential).get(pk=access.team.id)).data
