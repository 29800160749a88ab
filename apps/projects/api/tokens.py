"""Tokens. They belong to teams; they stand here because one may be bound to a project."""

from __future__ import annotations

from datetime import timedelta

from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.paging import page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.common.errors import InvalidInput, NotFound
from apps.projects.api.serializers import IssuedTokenShape, NewToken, TokenShape
from apps.projects.queries import project_access
from apps.teams import services
from apps.teams.access import TeamAccess
from apps.teams.api.doors import team_route
from apps.teams.permissions import Permission, Scope
from apps.teams.queries import tokens_of


class TokenList(ApiView):
    """The tokens in a team."""

    tag = "tokens"

    @team_route(Permission.TOKEN_OWN)
    @operation("listTokens", response=page_of(TokenShape), query=PageQuery)
    def get(self, request: Request, access: TeamAccess) -> Response:
        """List one's own tokens in the team, newest first; all of the team's for its admins. Revoked ones are left out."""
        # What is listed depends on who asks: so does the page token.
        scope = f"tokens in {access.team.id} for {access.actor.kind} {access.actor.id}"
        page = page_of_rows(tokens_of(access), query(PageQuery, request), scope=scope, field="id", is_descending=True)
        return Response(page_of(TokenShape)(page).data)

    @team_route(Permission.TOKEN_OWN)
    @operation("createToken", request=NewToken, response=IssuedTokenShape, status=201)
    def post(self, request: Request, access: TeamAccess) -> Response:
        """Create a token for oneself or, as an admin, for a service account.

        The answer shows the token's text, this once. A token hands on no scope that it has not got itself.
        """
        new = body(NewToken, request)
        days = new["expires_in_days"]
        issued = services.create_token(
            access,
            name=new["name"],
            scopes=[Scope(scope) for scope in new["scopes"]],
            life=timedelta(days=days) if days else None,
            project_id=_project_id(access, new["project"]),
            service_account_id=new["service_account_id"],
        )
        return Response(IssuedTokenShape(issued.token, context={"text": issued.text}).data, status=201)


class TokenDetail(ApiView):
    """One token in a team."""

    tag = "tokens"

    @team_route(Permission.TOKEN_OWN)
    @operation("revokeToken", status=204)
    def delete(self, _request: Request, access: TeamAccess, token_id: int) -> Response:
        """Revoke a token: the next request with it is refused. One's own, or as an admin any of the team."""
        services.revoke_token(access, token_id=token_id)
        return Response(status=204)


def _project_id(access: TeamAccess, slug: str | None) -> int | None:
    if slug is None:
        return None
    try:
        return project_access(access.credential, access.team.slug, slug).project.id
    except NotFound as exc:
        raise InvalidInput("no_such_project", f"The team has no project {slug!r}.", field="project") from exc
