"""Headers for every answer, and the browser's stack, which protocol requests never pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}
# Balancers and containers ask for these by address; what is said there is the same for everybody, or asks for a token.
MONITORING_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
PROTOCOL_PREFIXES = frozenset({"api", "ajax-api"})


def is_protocol_path(path: str) -> bool:
    """Whether `path` is the MLflow protocol's, at the root or below /{team}/{project}.

    Such requests carry a token; a cookie must not authenticate them, and its machinery costs more than a log-metric.
    """
    parts = path.split("/", 4)
    if parts[1] in PROTOCOL_PREFIXES:
        return len(parts) > 2 and parts[2] != "v1"
    return len(parts) > 4 and parts[3] in PROTOCOL_PREFIXES


def security_headers() -> dict[str, str]:
    """The headers that disarm what a tenant may have smuggled into an answer."""
    seconds = settings.SECURE_HSTS_SECONDS
    transport = {"Strict-Transport-Security": f"max-age={seconds}; includeSubDomains"} if seconds else {}
    return SECURITY_HEADERS | transport


class SecurityHeaders:
    """Sets them where a view set none itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.headers = security_headers()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        if request.path_info not in MONITORING_PATHS:
            request.get_host()  # raises DisallowedHost: DNS rebinding stops here, for the API too
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class _PagesOnly(MiddlewareMixin):
    """Mixin before one of Django's middlewares: steps aside for the protocol."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_protocol_path(request.path_info):
            return self.get_response(request)
        return super().__call__(request)


class PageSession(_PagesOnly, SessionMiddleware):
    """Sessions for pages."""


class PageCsrf(_PagesOnly, CsrfViewMiddleware):
    """CSRF protection for whatever a cookie can authenticate."""

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        """Check the CSRF token of a page's write."""
        if is_protocol_path(request.path_info):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class PageUser(_PagesOnly, AuthenticationMiddleware):
    """`request.user` for pages."""


class PageMessages(_PagesOnly, MessageMiddleware):
    """One-time messages for pages."""
