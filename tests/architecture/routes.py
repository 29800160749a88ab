"""Every route of the product as one list: pages, the native API, the MLflow protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from apps.common.checks import DECLARED_ELSEWHERE, View, views
from apps.mlflow_api.routes import ROUTES

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


class Kind(StrEnum):
    """Which protocol a route belongs to, and so how it authenticates and refuses."""

    PAGE = "page"
    NATIVE = "native"
    MLFLOW = "mlflow"


@dataclass(frozen=True, slots=True)
class Route:
    """`template` has {name} for each parameter; `declared` is a permission, "signed-in" or "public"."""

    kind: Kind
    method: str
    template: str
    declared: str

    @property
    def key(self) -> str:
        """What tests/architecture/cases.py calls it."""
        return f"{self.method} {self.template}"

    @property
    def parameters(self) -> set[str]:
        """The names of its parameters."""
        return set(re.findall(r"\{(\w+)\}", self.template))

    def path(self, values: Mapping[str, object]) -> str:
        """Its address with `values` filled in."""
        return self.template.format(**values)


@cache
def all_routes() -> tuple[Route, ...]:
    """Every route that declares something, each of its methods by itself. A page's methods are GET and POST."""
    found = [route for view in views() if view.view not in DECLARED_ELSEWHERE for route in _of_view(view)]
    found += [
        Route(Kind.MLFLOW, route.method, template(route.path), str(route.permission or "public"))
        for route in ROUTES.routes
    ]
    return tuple(dict.fromkeys(found))


def _of_view(view: View) -> list[Route]:
    address = "/" + template(view.pattern)
    if isinstance(view.declared, dict):
        return [Route(Kind.NATIVE, method, address, str(who)) for method, who in view.declared.items()]
    kind = Kind.NATIVE if address.startswith("/api/") else Kind.PAGE
    methods = ["GET"] if view.declared == "public" else ["GET", "POST"]
    return [Route(kind, method, address, str(view.declared)) for method in methods]


def template(pattern: str) -> str:
    """A pattern with {name} for each parameter."""
    return PARAMETER.sub(lambda found: "{" + found[2] + "}", pattern)
