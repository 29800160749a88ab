"""Counts every request by the template of its route: a tenant's name is never a label."""

from __future__ import annotations

from time import perf_counter

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.common.middleware import GetResponse
from apps.common.monitoring.counters import counters

# Where a protocol that finds its routes itself says in request.META which one it was.
ROUTE = "runfold.route"


class CountRequests:
    """The outermost middleware: its time is what the server took to begin the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        if counters is None:
            raise MiddlewareNotUsed
        self._get_response = get_response
        self._note = counters.request

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and note it."""
        began = perf_counter()
        response = self._get_response(request)
        route = request.META.get(ROUTE)
        if route is None:
            match = request.resolver_match
            route = match.route if match is not None else "none"
        self._note(request.method or "", route, response.status_code, perf_counter() - began)
        return response
