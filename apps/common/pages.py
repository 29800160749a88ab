"""What every page has in common: what it declares about who may see it, and how a refusal looks in a browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from apps.common.errors import DomainError, NotFound

View = Callable[..., HttpResponseBase]

# What a view declares, for the start-up check and the generated access tests: a Permission, "signed-in" or "public".
DECLARATION = "runfold_permission"


def public_page(view: View) -> View:
    """A page for everybody, signed in or not."""
    wrapper = refusals_as_pages(view)
    setattr(wrapper, DECLARATION, "public")
    return wrapper


def refusals_as_pages(view: View) -> View:
    """`view`, whose domain errors become the error pages."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound as exc:
            raise Http404 from exc
        except DomainError as exc:
            template = "403.html" if exc.status == 403 else "errors/refused.html"
            return render(request, template, {"refusal": exc}, status=exc.status)

    return wrapper


def is_fragment_request(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; going back in history needs the whole page again."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
