"""Finding routes, and refusing tables that are wrong."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.mlflow_api.routes import ROUTES
from apps.mlflow_api.routing import Audience, Route, RouteTable
from apps.teams.permissions import Permission


def handler() -> bytes:
    return b""


READ = Permission.PROJECT_READ
TABLE = RouteTable(
    [
        Route("GET", "2.0/mlflow/runs/get", READ, handler),
        Route("POST", "2.0/mlflow/runs/ui", READ, handler, is_ajax_only=True),
        Route("GET", "2.0/mlflow/models/<model_id>", READ, handler),
        Route("DELETE", "2.0/mlflow/models/<model_id>/tags/<tag_key>", READ, handler),
        Route("GET", "2.0/mlflow-artifacts/artifacts/<path:artifact_path>", READ, handler),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "placeholders"),
    [
        ("GET", "2.0/mlflow/runs/get", {}),
        ("GET", "2.0/mlflow/models/m-1", {"model_id": "m-1"}),
        ("DELETE", "2.0/mlflow/models/m-1/tags/a b", {"model_id": "m-1", "tag_key": "a b"}),
        ("GET", "2.0/mlflow-artifacts/artifacts/a/b\nc.txt", {"artifact_path": "a/b\nc.txt"}),
    ],
)
def test_paths_lead_to_routes(method: str, path: str, placeholders: dict[str, str]) -> None:
    match = TABLE.match(method, path, is_ajax=False)
    assert match.route is not None
    assert match.placeholders == placeholders


@pytest.mark.parametrize("path", ["", "2.0", "2.0/mlflow/models/", "2.0/mlflow/models/a/b", "2.0/mlflow/runs/get/"])
def test_other_paths_lead_nowhere(path: str) -> None:
    match = TABLE.match("GET", path, is_ajax=True)
    assert (match.route, match.allowed) == (None, ())


def test_other_methods_are_told_which_would_do() -> None:
    assert TABLE.match("PUT", "2.0/mlflow/runs/get", is_ajax=False).allowed == ("GET",)


def test_routes_of_the_web_interface_answer_below_ajax_api_alone() -> None:
    assert TABLE.match("POST", "2.0/mlflow/runs/ui", is_ajax=True).route is not None
    match = TABLE.match("POST", "2.0/mlflow/runs/ui", is_ajax=False)
    assert (match.route, match.allowed) == (None, ())


def test_a_route_without_a_permission_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="declare a permission"):
        Route("GET", "x", None, handler)
    with pytest.raises(ImproperlyConfigured, match="declare a permission"):
        Route("GET", "x", READ, handler, audience=Audience.PUBLIC)


def test_a_route_that_is_declared_twice_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="twice"):
        RouteTable([Route("GET", "x", READ, handler)] * 2)


def test_every_route_of_the_product_is_found() -> None:
    for route in ROUTES.routes:
        path = route.path.replace("<path:artifact_path>", "a/b")
        for name in ("model_id", "tag_key", "webhook_id", "workspace_name"):
            path = path.replace(f"<{name}>", "x")
        assert ROUTES.match(route.method, path, is_ajax=True).route is route
