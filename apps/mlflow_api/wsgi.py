"""The protocol's shortcut past Django's request handler.

Of the 350 us that a log-metric costs a web process, 110 went into middleware that steps aside for it, a search through
the URL patterns, signals, and a response object. What these do for the protocol is done here: the Host is checked, a
connection past its age is closed, the request is counted, security headers are set. `apps.mlflow_api.urls` answers the same without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection

from apps.common.middleware import security_headers
from apps.common.monitoring.counters import counters
from apps.common.monitoring.middleware import ROUTE
from apps.mlflow_api.views import answer

Environ = dict[str, Any]
# Django's stubs and the standard library's know `start_response` by different types.
StartResponse = Any
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# As the patterns of apps.mlflow_api.urls, and after those that come before them in config.urls.
_ADDRESS = re.compile(
    r"/(?!api/v1/|admin/|accounts/)(?:(?P<team>[-a-zA-Z0-9_]+)/(?P<project>[-a-zA-Z0-9_]+)/)?"
    r"(?P<prefix>api|ajax-api)/(?P<path>.+)"
)


class ProtocolFirst:
    """A WSGI application that answers requests of the protocol by itself, and hands on all others."""

    def __init__(self, others: Application) -> None:
        self._others = others
        self._headers = security_headers()
        self._json_headers = [("Content-Type", "application/json"), *self._headers.items()]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = WSGIRequest(environ)
        found = _ADDRESS.fullmatch(request.path_info)
        if found is None or environ.get("SCRIPT_NAME") or not _is_for_us(request):
            return self._others(environ, start_response)
        # At the end of a request Django does it again; here the next one's beginning is soon enough.
        connection.close_if_unusable_or_obsolete()
        began = perf_counter()
        team, project, prefix, path = found.groups()
        given = answer(request, path, team=team, project=project, is_ajax=prefix == "ajax-api")
        status = 200 if isinstance(given, bytes) else given.status_code
        if counters is not None:
            counters.request(request.method or "", environ.get(ROUTE, "none"), status, perf_counter() - began)
        if isinstance(given, bytes):
            start_response("200 OK", [*self._json_headers, ("Content-Length", str(len(given)))])
            return [given]
        for name, value in self._headers.items():
            given.headers.setdefault(name, value)
        start_response(f"{status} {given.reason_phrase}", [(name, str(value)) for name, value in given.items()])
        return given


def _is_for_us(request: WSGIRequest) -> bool:
    """Whether the Host is one of ours; Django says what is wrong with another."""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
