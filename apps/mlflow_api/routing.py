"""Routes as data, found by dictionary: Django's own resolver tries patterns one after another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http.response import HttpResponseBase

from apps.mlflow_api.parsing import RequestSchema
from apps.teams.permissions import Permission

Answer = bytes | HttpResponseBase
Handler = Callable[..., Answer]

_PLACEHOLDER = re.compile(r"<(path:)?(\w+)>")


class Audience(StrEnum):
    """Whom a route speaks to, and so what its handler gets first: an Access, a TeamAccess, or nothing."""

    PROJECT = "project"
    TEAM = "team"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path below `api/` and `ajax-api/`.

    Attributes:
        method: GET, POST, PUT, PATCH or DELETE.
        path: as "2.0/mlflow/runs/create"; `<name>` stands for a segment, `<path:name>` for all that follows.
        permission: what the caller must hold; None on public routes alone.
        handler: `(access, message, **placeholders)`.
        request: what the request is parsed as; without one the body is not read, and the message is None.
        audience: see Audience.
        is_ajax_only: answers below `ajax-api/` alone.
        is_raw: the handler gets the HttpRequest for its message, to read the body as it arrives.
    """

    method: str
    path: str
    permission: Permission | None
    handler: Handler
    request: RequestSchema[Any] | None = None
    audience: Audience = Audience.PROJECT
    is_ajax_only: bool = False
    is_raw: bool = False

    def __post_init__(self) -> None:
        if (self.permission is None) != (self.audience is Audience.PUBLIC):
            raise ImproperlyConfigured(f"{self.method} {self.path}: declare a permission, or make the route public.")


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: the route, or only the methods that would lead to one."""

    route: Route | None
    placeholders: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class RouteTable:
    """Finds routes. Fixed paths take one look-up, others a short list for their first three segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._fixed: dict[str, dict[str, Route]] = defaultdict(dict)
        self._patterns: dict[str, list[tuple[re.Pattern[str], dict[str, Route]]]] = defaultdict(list)
        by_path: dict[str, dict[str, Route]] = defaultdict(dict)
        for route in self.routes:
            if route.method in by_path[route.path]:
                raise ImproperlyConfigured(f"{route.method} {route.path} is declared twice.")
            by_path[route.path][route.method] = route
        for path, methods in by_path.items():
            if "<" in path:
                self._patterns[_head(path)].append((_pattern(path), methods))
            else:
                self._fixed[path] = methods

    def match(self, method: str, path: str, *, is_ajax: bool) -> Match:
        """The route of a path below `api/` or, with `is_ajax`, `ajax-api/`."""
        methods = self._fixed.get(path)
        placeholders: Mapping[str, str] = {}
        if methods is None:
            methods, placeholders = self._match_pattern(path)
        route = methods.get(method)
        if route is not None and (is_ajax or not route.is_ajax_only):
            return Match(route, placeholders)
        allowed = sorted(other.method for other in methods.values() if is_ajax or not other.is_ajax_only)
        return Match(None, allowed=tuple(allowed))

    def _match_pattern(self, path: str) -> tuple[dict[str, Route], Mapping[str, str]]:
        for pattern, methods in self._patterns.get(_head(path), ()):
            found = pattern.fullmatch(path)
            if found:
                return methods, found.groupdict()
        return {}, {}


def _head(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])


def _pattern(path: str) -> re.Pattern[str]:
    parts = []
    end = 0
    for found in _PLACEHOLDER.finditer(path):
        parts.append(re.escape(path[end : found.start()]))
        parts.append(f"(?P<{found[2]}>{'.+' if found[1] else '[^/]+'})")
        end = found.end()
    return re.compile("".join(parts) + re.escape(path[end:]), re.DOTALL)
