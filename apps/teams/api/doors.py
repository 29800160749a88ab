"""The doors of API routes: who asks, and whether the path names a team of theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request

from apps.common.api.views import ApiView, Handler, declared, django_request
from apps.common.errors import PermissionDenied, Unauthenticated
from apps.teams.access import Credential
from apps.teams.pages import session_credential
from apps.teams.permissions import Permission
from apps.teams.queries import team_access, token_credential
from apps.teams.tokens import token_of_header

SAFE_METHODS = frozenset({"GET", "HEAD"})


def carries_token(request: HttpRequest) -> bool:
    """Whether the request names a credential of its own, which then counts alone: no session stands in for a bad one."""
    return "HTTP_AUTHORIZATION" in request.META


def request_credential(request: Request | HttpRequest) -> Credential:
    """Who asks: by token, or by browser session, whose writes must prove that one of our own pages sent them.

    Raises:
        Unauthenticated: nobody that is known.
        PermissionDenied: a session's write without its CSRF token.
    """
    request = django_request(request)
    if carries_token(request):
        token = token_of_header(request.META["HTTP_AUTHORIZATION"])
        if token is None:
            raise Unauthenticated("invalid_token", "Send the token as Bearer, or as the password of Basic.")
        return token_credential(token, address=request.META.get("REMOTE_ADDR") or None)
    if not request.user.is_authenticated:
        raise Unauthenticated("no_credential", "Send an API token, or sign in.")
    if request.method not in SAFE_METHODS:
        _require_csrf_token(request)
    return session_credential(request)


def signed_in_route(handler: Handler) -> Handler:
    """A route of the actor alone: `handler(view, request, credential, **path)`."""

    @wraps(handler)
    def door(view: ApiView, request: Request, **path: Any) -> HttpResponseBase:
        return handler(view, request, request_credential(request), **path)

    return declared(door, "signed-in")


def team_route(permission: Permission) -> Callable[[Handler], Handler]:
    """A route of a team: `handler(view, request, team_access, **path)`; strangers get the answer of an absent team."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def door(view: ApiView, request: Request, *, team: str, **path: Any) -> HttpResponseBase:
            access = team_access(request_credential(request), team)
            access.require(permission)
            return handler(view, request, access, **path)

        return declared(door, permission)

    return decorate


def _nothing(_request: HttpRequest) -> HttpResponse:
    """What stands behind the check, and is never called."""
    return HttpResponse()


def _require_csrf_token(request: HttpRequest) -> None:
    check = CSRFCheck(_nothing)
    check.process_request(request)
    if check.process_view(request, _nothing, (), {}) is not None:
        raise PermissionDenied("csrf_failed", "A write from the browser needs the header X-CSRFToken of our own pages.")
