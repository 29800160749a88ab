"""The edge of the MLflow protocol: authenticate, check the declared permission, parse, call the handler, map errors.

No transaction is opened here: every service and query binds its own, and the hot ingest of metrics needs none.
"""

from __future__ import annotations

import logging

import msgspec
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.common.errors import DomainError, NotFound, PermissionDenied, StorageUnavailable
from apps.common.monitoring.middleware import ROUTE
from apps.common.pages import public_page
from apps.mlflow_api.errors import endpoint_not_found, error_response, internal_error, method_not_allowed
from apps.mlflow_api.handlers.server import MLFLOW_VERSION
from apps.mlflow_api.parsing import discard_body, parse
from apps.mlflow_api.routes import ROUTES
from apps.mlflow_api.routing import Answer, Audience, Match, Route
from apps.projects.authentication import token_access, token_team_access
from apps.teams.access import StaleAccess, TeamAccess

logger = logging.getLogger(__name__)

WORKSPACE_HEADER = "HTTP_X_MLFLOW_WORKSPACE"


@csrf_exempt
def api(
    request: HttpRequest, path: str, *, team: str | None = None, project: str | None = None, is_ajax: bool = False
) -> HttpResponseBase:
    """Answer one request of the protocol; `path` is what follows `api/` or `ajax-api/`."""
    given = answer(request, path, team=team, project=project, is_ajax=is_ajax)
    return HttpResponse(given, content_type="application/json") if isinstance(given, bytes) else given


def answer(request: HttpRequest, path: str, *, team: str | None, project: str | None, is_ajax: bool) -> Answer:
    """The same before it is a response of Django's: the bytes of a JSON answer of status 200, or a response."""
    method = request.method or ""
    match = ROUTES.match(method, path, is_ajax=is_ajax)
    if match.route is None:
        discard_body(request)
        if match.allowed:
            return method_not_allowed(method, path, ", ".join(match.allowed))
        return endpoint_not_found(path)
    request.META[ROUTE] = match.route.path
    try:
        return _answer(match.route, match, request, team, project)
    except DomainError as exc:
        discard_body(request)
        return error_response(exc)
    except OperationalError:
        logger.exception("The database refused %s %s", method, path)
        return error_response(StorageUnavailable("database_unavailable", "The database is busy: try again."))
    except Exception:
        # The last line before Django's HTML: clients need JSON. The signal is how monitoring and tests hear of it.
        logger.exception("Failed to answer %s %s", method, path)
        got_request_exception.send(sender=None, request=request)
        return internal_error()


@csrf_exempt
@public_page
def version(_request: HttpRequest, **_tenant: str) -> HttpResponse:
    """The MLflow version that is spoken here, as text."""
    return HttpResponse(MLFLOW_VERSION, content_type="text/plain; charset=utf-8")


@csrf_exempt
@public_page
def health(_request: HttpRequest, **_tenant: str) -> HttpResponse:
    """That the server answers, as text."""
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")


def _answer(route: Route, match: Match, request: HttpRequest, team: str | None, project: str | None) -> Answer:
    """The handler's answer. Rights that a cache remembers wrongly, either way, are read afresh once."""
    if route.audience is Audience.PUBLIC:
        return route.handler(None, _message(route, request))
    try:
        return _call(route, match, request, team, project, fresh=False)
    except (StaleAccess, PermissionDenied):
        return _call(route, match, request, team, project, fresh=True)


def _call(
    route: Route, match: Match, request: HttpRequest, team: str | None, project: str | None, *, fresh: bool
) -> Answer:
    access: TeamAccess
    if route.audience is Audience.TEAM:
        access = token_team_access(request, team)
    else:
        workspace = request.META.get(WORKSPACE_HEADER)
        if workspace and project is not None and workspace != project:
            # 401 comes before 404, here as everywhere.
            token_team_access(request)
            raise NotFound
        access = token_access(request, team_slug=team, project_slug=project or workspace or None, fresh=fresh)
    if route.permission is not None and route.permission not in access.permissions:
        access.require(route.permission)
    return route.handler(access, _message(route, request), **match.placeholders)


def _message(route: Route, request: HttpRequest) -> msgspec.Struct | HttpRequest | None:
    if route.is_raw:
        return request
    return None if route.request is None else parse(route.request, request)
