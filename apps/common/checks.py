"""What must be so before Runfold starts: every route declares who may use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from apps.common.pages import DECLARATION

# Views that cannot carry a declaration, and where theirs is.
DECLARED_ELSEWHERE = {
    "apps.mlflow_api.views.api": "each apps.mlflow_api.routing.Route refuses to be made without one",
}
# Django's own, for the operator alone: every view of it asks for staff.
OPERATOR_NAMESPACE = "admin"


@dataclass(frozen=True, slots=True)
class View:
    """One entry of the URLconf: its whole pattern, the dotted name of its view, and what that declares, if anything."""

    pattern: str
    view: str
    declared: Any


def views(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[View]:
    """Every view of the URLconf in the order in which addresses are tried; the operator's admin is left out."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = (
                f"{entry.callback.__module__}.{getattr(entry.callback, '__qualname__', type(entry.callback).__name__)}"
            )
            yield View(pattern, name, getattr(entry.callback, DECLARATION, None))
        elif entry.namespace != OPERATOR_NAMESPACE:
            yield from views(entry, pattern)


def undeclared() -> list[View]:
    """Views that say nothing of who may use them."""
    return [view for view in views() if not view.declared and view.view not in DECLARED_ELSEWHERE]


def every_route_declares_a_permission(**_: Any) -> list[CheckMessage]:
    """Fails `manage.py` for the same reason as `refuse_undeclared_routes` fails the server."""
    return [
        Error(
            f"/{view.pattern} ({view.view}) declares no permission.",
            hint="Put the view behind a door: public_page, signed_in_page, team_page, project_page, or a Route.",
            id="runfold.E001",
        )
        for view in undeclared()
    ]


def refuse_undeclared_routes() -> None:
    """For a server, which runs no checks of its own.

    Raises:
        ImproperlyConfigured: a route declares no permission.
    """
    if found := undeclared():
        raise ImproperlyConfigured(f"No permission is declared on {', '.join(f'/{view.pattern}' for view in found)}")
