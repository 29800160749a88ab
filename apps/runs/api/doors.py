"""The door of API routes of a run that its id alone names, whatever project it is in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from apps.common.api.views import ApiView, Handler, declared, django_request
from apps.common.errors import NotFound
from apps.common.ids import parse_hex_id
from apps.projects.api.doors import with_current_access
from apps.projects.authentication import access_cache, request_token
from apps.projects.tenancy import bound
from apps.runs.locate import locate_run
from apps.teams.access import Access
from apps.teams.api.doors import carries_token, request_credential
from apps.teams.permissions import Permission
from apps.teams.tokens import token_fingerprint

# No slug: what is remembered by run stands apart from what is remembered by project.
_BY_RUN = "/run"


def run_route(permission: Permission, *, readonly: bool = False, binds: bool = True) -> Callable[[Handler], Handler]:
    """A route of a run: `handler(view, request, access, run_id, **path)`; arguments as `project_route`."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def door(view: ApiView, request: Request, *, run_id: str, **path: Any) -> HttpResponseBase:
            def answer(access: Access) -> HttpResponseBase:
                access.require(permission)
                with bound(access, readonly=readonly) if binds else nullcontext():
                    return handler(view, request, access, parsed_run_id(run_id), **path)

            return with_current_access(lambda fresh: run_access(request, run_id, fresh=fresh), answer)

        return declared(door, permission)

    return decorate


def parsed_run_id(text: str) -> uuid.UUID:
    """The id in a path or body.

    Raises:
        NotFound: it is none, so that no run has it.
    """
    run_id = parse_hex_id(text)
    if run_id is None:
        raise NotFound("run_not_found", f"Run with id={text} not found", field="run_id")
    return run_id


def run_access(request: Request | HttpRequest, run_id: str, *, fresh: bool = False) -> Access:
    """The Access to the run's project; remembered for tokens, as training code asks for the same run again and again.

    Raises:
        Unauthenticated: nobody that is known.
        NotFound: absent, or not the actor's to see.
    """
    request = django_request(request)
    if not carries_token(request):
        return locate_run(request_credential(request), parsed_run_id(run_id))
    key = (token_fingerprint(request_token(request)), _BY_RUN, run_id)
    access = None if fresh else access_cache.get(key)
    if access is None:
        access = locate_run(request_credential(request), parsed_run_id(run_id))
        access_cache.put(key, access)
    return access
