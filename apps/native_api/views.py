"""What the native API says of itself."""

from __future__ import annotations

from functools import cache

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.defaults import server_error as default_server_error
from drf_spectacular.generators import SchemaGenerator

from apps.common.api.errors import error_answer, error_body
from apps.common.api.json import JSON
from apps.common.errors import NotFound
from apps.common.pages import public_page


@public_page
@csrf_exempt
def not_found(_request: HttpRequest) -> HttpResponse:
    """The answer for every address that is no route."""
    return error_answer(NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to a bug: in the form that the address has, and without a word about what went wrong."""
    if request.path_info.startswith("/api/"):
        return error_body(500, "internal_error", "Something went wrong here, not with the request. It is in the log.")
    return default_server_error(request)


@public_page
def index(_request: HttpRequest) -> HttpResponse:
    """Leads to the documentation."""
    return redirect("api-docs")


@public_page
def openapi(_request: HttpRequest) -> HttpResponse:
    """The description of the API."""
    return HttpResponse(_schema(), content_type=JSON)


@public_page
@ensure_csrf_cookie
def docs(request: HttpRequest) -> HttpResponse:
    """The description, to be read and tried."""
    return render(request, "api/docs.html")


# Made once a process, as it takes a second and depends on the code alone.
@cache
def _schema() -> bytes:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    return orjson.dumps(generator.get_schema(request=None, public=True), default=str)  # type: ignore[no-untyped-call]
