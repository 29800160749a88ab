"""The protocol's shortcut answers as Django's handler would: same status, same headers, same body."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.handlers.wsgi import WSGIHandler

from apps.mlflow_api.wsgi import Application, ProtocolFirst
from tests.factories.cast import Cast
from tests.factories.runs import make_run

# A request closes a connection that is in the middle of a transaction, as a test's would be.
pytestmark = pytest.mark.django_db(transaction=True)
HOST = "runfold.test"


def ask(application: Application, method: str, path: str, body: Any = None, **more: str) -> tuple[str, Any, bytes]:
    """Status, headers and body."""
    raw = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "HTTP_HOST": HOST,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": io.BytesIO(raw),
        "wsgi.url_scheme": "http",
        **more,
    }
    heads: list[tuple[str, Any]] = []
    chunks = application(environ, lambda status, headers: heads.append((status, headers)))
    content = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    ((status, headers),) = heads
    # Django leaves the length of an answer that it has in memory to the server.
    return status, {name: value for name, value in headers if name != "Content-Length"}, content


@pytest.fixture
def handed_on() -> list[str]:
    """Paths that the shortcut left to Django."""
    return []


@pytest.fixture
def both(handed_on: list[str]) -> tuple[Application, Application]:
    django = WSGIHandler()

    def noted(environ: Any, start_response: Any) -> Any:
        handed_on.append(environ["PATH_INFO"])
        return django(environ, start_response)

    return ProtocolFirst(noted), django


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/acme/vision/api/2.0/mlflow/experiments/search", {"max_results": 5}, 200),
        ("POST", "/acme/vision/ajax-api/2.0/mlflow/experiments/search", {"max_results": 5}, 200),
        ("GET", "/acme/vision/api/2.0/mlflow/experiments/get", None, 400),
        ("GET", "/acme/vision/api/2.0/mlflow/experiments/create", None, 405),
        ("GET", "/acme/vision/api/2.0/mlflow/no-such-thing", None, 404),
        ("GET", "/acme/vision/api/v1/projects", None, 404),
        ("POST", "/rival/theirs/api/2.0/mlflow/experiments/search", {"max_results": 5}, 404),
        ("POST", "/acme/vision/api/2.0/mlflow/webhooks", {"name": "m"}, 403),
        ("GET", "/api/3.0/mlflow/server-info", None, 200),
    ],
)
def test_the_shortcut_answers_as_django_does(
    cast: Cast, both: Any, handed_on: list[str], method: str, path: str, body: Any, status: int
) -> None:
    token = f"Bearer {cast.member.token}"
    ours, theirs = (ask(application, method, path, body, HTTP_AUTHORIZATION=token) for application in both)
    assert ours == theirs
    assert ours[0].startswith(str(status))
    assert not handed_on


def test_a_run_read_by_query_string(cast: Cast, both: Any) -> None:
    run = make_run(cast.member.access())
    token = f"Bearer {cast.member.token}"
    path, query = "/acme/vision/api/2.0/mlflow/runs/get", f"run_id={run.pk.hex}"
    ours, theirs = (ask(each, "GET", path, HTTP_AUTHORIZATION=token, QUERY_STRING=query) for each in both)
    assert ours == theirs
    assert run.pk.hex.encode() in ours[2]


def test_without_a_credential_both_say_401(cast: Cast, both: Any) -> None:
    ours, theirs = (ask(each, "POST", "/acme/vision/api/2.0/mlflow/runs/create", {}) for each in both)
    assert ours == theirs
    assert ours[0].startswith("401")


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/accounts/sign-in", "/admin/x/api/y", "/acme/vision", "/health"])
def test_everything_else_is_djangos(cast: Cast, both: Any, handed_on: list[str], path: str) -> None:
    ask(both[0], "GET", path)
    assert handed_on == [path]


def test_a_strange_host_is_refused_by_django(
    cast: Cast, both: Any, handed_on: list[str], settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    ours, theirs = (ask(each, "GET", "/api/3.0/mlflow/server-info", HTTP_HOST="evil.test") for each in both)
    assert ours[0] == theirs[0] == "400 Bad Request"
    assert handed_on == ["/api/3.0/mlflow/server-info"]
