"""The door of the pages of a person and of a team: who is signed in, and whether the path names a team of theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.common.pages import DECLARATION, View, refusals_as_pages
from apps.teams.access import Credential
from apps.teams.permissions import Permission
from apps.teams.queries import team_access, user_credential

P = ParamSpec("P")


def session_credential(request: HttpRequest) -> Credential:
    """The credential of the signed-in user."""
    return user_credential(request.user, address=request.META.get("REMOTE_ADDR") or None)  # type: ignore[arg-type]


def signed_in_page(view: Callable[Concatenate[HttpRequest, Credential, P], HttpResponse]) -> View:
    """A page of the signed-in user alone: `view(request, credential, ...)`."""
    inner = refusals_as_pages(view)

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return inner(request, session_credential(request), *args, **kwargs)

    setattr(wrapper, DECLARATION, "signed-in")
    return wrapper


def team_page(permission: Permission) -> Callable[[Callable[..., HttpResponse]], View]:
    """A page below /{team}: `view(request, team_access, ...)`; a stranger's answer is that of an absent team."""

    def decorate(view: Callable[..., HttpResponse]) -> View:
        @refusals_as_pages
        def answer(request: HttpRequest, team: str, args: Any, kwargs: Any) -> HttpResponse:
            access = team_access(session_credential(request), team)
            access.require(permission)
            return view(request, access, *args, **kwargs)

        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, team: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return answer(request, team, args, kwargs)

        setattr(wrapper, DECLARATION, permission)
        return wrapper

    return decorate
