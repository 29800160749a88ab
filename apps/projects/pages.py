"""The door of the pages of a project: who is signed in, what the path names, and whether the two go together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.common.pages import DECLARATION, View, refusals_as_pages
from apps.projects.queries import project_access
from apps.projects.tenancy import bound
from apps.teams.access import StaleAccess
from apps.teams.pages import session_credential
from apps.teams.permissions import Permission


def project_page(permission: Permission, *, readonly: bool = False, binds: bool = True) -> Callable[[View], View]:
    """A page below /{team}/{project}: `view(request, access, ...)` inside a transaction bound to the project.

    Args:
        permission: what the view needs.
        readonly: it writes nothing.
        binds: False where the view calls something that opens its own transactions, as search does.
    """

    def decorate(view: View) -> View:
        def answer(request: HttpRequest, team: str, project: str, args: Any, kwargs: Any) -> HttpResponseBase:
            access = project_access(session_credential(request), team, project)
            access.require(permission)
            with bound(access, readonly=readonly) if binds else nullcontext():
                return view(request, access, *args, **kwargs)

        @refusals_as_pages
        def retried(*args: Any) -> HttpResponseBase:
            try:
                return answer(*args)
            except StaleAccess:
                return answer(*args)

        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, team: str, project: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return retried(request, team, project, args, kwargs)

        setattr(wrapper, DECLARATION, permission)
        return wrapper

    return decorate
