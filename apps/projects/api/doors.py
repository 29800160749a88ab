"""The door of API routes below /projects/{team}/{project}."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from apps.common.api.views import ApiView, Handler, declared, django_request
from apps.projects.authentication import token_access
from apps.projects.queries import project_access
from apps.projects.tenancy import bound
from apps.teams.access import Access, StaleAccess
from apps.teams.api.doors import carries_token, request_credential
from apps.teams.permissions import Permission

Resolve = Callable[[bool], Access]


def project_route(
    permission: Permission, *, readonly: bool = False, binds: bool = True
) -> Callable[[Handler], Handler]:
    """A route of a project: `handler(view, request, access, **path)` in a transaction bound to the project.

    Args:
        permission: what the handler needs.
        readonly: it writes nothing.
        binds: False where the handler calls something that opens its own transactions, as search does.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def door(view: ApiView, request: Request, *, team: str, project: str, **path: Any) -> HttpResponseBase:
            def answer(access: Access) -> HttpResponseBase:
                access.require(permission)
                with bound(access, readonly=readonly) if binds else nullcontext():
                    return handler(view, request, access, **path)

            return with_current_access(lambda fresh: resolve(request, team, project, fresh=fresh), answer)

        return declared(door, permission)

    return decorate


def resolve(request: Request, team: str, project: str, *, fresh: bool = False) -> Access:
    """The actor's rights in the project that a path names.

    Args:
        request: by token or session.
        team: slug.
        project: slug.
        fresh: whatever is remembered of the token's rights.

    Raises:
        Unauthenticated: nobody that is known.
        NotFound: absent, or not the actor's to see.
    """
    http = django_request(request)
    if carries_token(http):
        return token_access(http, team_slug=team, project_slug=project, fresh=fresh)
    return project_access(request_credential(http), team, project)


def with_current_access(resolve_access: Resolve, answer: Callable[[Access], HttpResponseBase]) -> HttpResponseBase:
    """`answer(access)`; once more with rights resolved afresh if they changed meanwhile."""
    try:
        return answer(resolve_access(False))
    except StaleAccess:
        return answer(resolve_access(True))
