"""Every spelling of "somewhere else" against every route that takes a path: refused, and nothing is touched anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from apps.artifacts.models import Artifact, Blob, Upload
from apps.artifacts.paths import clean_folder, clean_path
from apps.common.errors import InvalidInput
from apps.projects.tenancy import bound
from tests.api.artifacts.files import Files
from tests.factories.cast import Cast
from tests.unit.artifacts.traversal import TRAVERSALS

SURROGATE = re.compile("[\ud800-\udfff]")
PLACES = ("{}", "model/{}", "{}/weights.bin")
PROXY = "/acme/vision/api/2.0/mlflow-artifacts"
MLFLOW = "/acme/vision/api/2.0/mlflow"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that names a path, in its address or its body; `is_folder` where the root is a fine one to it."""

    method: str
    address: Callable[[Files, str], str]
    body: Callable[[Files, str], Any] | None = None
    is_folder: bool = False
    is_batch: bool = False
    is_in_body: bool = False


def quoted(path: str) -> str:
    return quote(path, safe="/", errors="surrogatepass")


def every(path: str) -> str:
    """All of it percent-encoded, slashes as well: a proxy on the way sees no folder in it."""
    return "".join(f"%{byte:02x}" for byte in path.encode(errors="surrogatepass"))


def native(rest: str) -> Callable[[Files, str], str]:
    return lambda files, path: f"/api/v1/runs/{files.run_id}/{rest.format(path=quoted(path), every=every(path))}"


def proxy(rest: str) -> Callable[[Files, str], str]:
    return lambda files, path: f"{PROXY}/{rest.format(root=files.root, path=quoted(path), every=every(path))}"


def mlflow(rest: str) -> Callable[[Files, str], str]:
    return lambda files, path: f"{MLFLOW}/{rest.format(run=files.run_id, path=every(path))}"


def just(**fields: Any) -> Callable[[Files, str], Any]:
    return lambda files, path: {"run_id": files.run_id, **fields, "path": path}


REQUESTS = {
    "native list": Request("GET", native("artifacts?path={every}"), is_folder=True),
    "native get": Request("GET", native("artifacts/{path}")),
    "native get, all encoded": Request("GET", native("artifacts/{every}")),
    "native info": Request("GET", native("artifact-info/{path}")),
    "native put": Request("PUT", native("artifacts/{path}")),
    "native put, all encoded": Request("PUT", native("artifacts/{every}")),
    "native delete": Request("DELETE", native("artifacts/{path}"), is_folder=True),
    "native batch": Request(
        "POST",
        native("artifact-batch"),
        lambda _, path: {"files": [{"path": path, "content": "AAAA"}]},
        is_batch=True,
        is_in_body=True,
    ),
    "native begin": Request("POST", native("uploads"), lambda _, path: {"path": path}, is_in_body=True),
    "proxy list": Request(
        "GET",
        lambda files, path: f"{PROXY}/artifacts?path={quote(files.root)}/{every(path)}",
        is_folder=True,
    ),
    "proxy get": Request("GET", proxy("artifacts/{root}/{path}")),
    "proxy put": Request("PUT", proxy("artifacts/{root}/{path}")),
    "proxy put, all encoded": Request("PUT", proxy("artifacts/{root}/{every}")),
    "proxy delete": Request("DELETE", proxy("artifacts/{root}/{path}"), is_folder=True),
    "proxy presigned": Request("GET", proxy("presigned/{root}/{path}")),
    "proxy create, folder": Request(
        "POST", proxy("mpu/create/{root}/{path}"), lambda *_: {"path": "a.bin", "num_parts": 1}, is_folder=True
    ),
    "mlflow list": Request("GET", mlflow("artifacts/list?run_id={run}&path={path}"), is_folder=True),
    "mlflow presigned download": Request("POST", mlflow("artifacts/presigned-download-url"), just(), is_in_body=True),
    "mlflow presigned upload": Request("POST", mlflow("artifacts/presigned-upload-url"), just(), is_in_body=True),
    "get-artifact": Request(
        "GET", lambda files, path: f"/acme/vision/get-artifact?run_id={files.run_id}&path={every(path)}"
    ),
    "upload-artifact": Request("POST", mlflow("upload-artifact?run_uuid={run}&path={path}")),
}


@pytest.fixture
def ground(settings: Settings, tmp_path: Path) -> Path:
    """A folder with something to steal on every level above the store's own."""
    root = tmp_path / "outside" / "store"
    for folder in (tmp_path, tmp_path / "outside", root):
        folder.mkdir(exist_ok=True)
        for name in ("x", "b", "c", "weights.bin", "etc-passwd"):
            (folder / name).write_text("canary")
    settings.ARTIFACT_STORE = {
        "BACKEND": "apps.artifacts.stores.disk.DiskStore",
        "OPTIONS": {"root": root, "fsync": False},
    }
    return tmp_path


def spellings(request: Request) -> Iterator[str]:
    """Those that are no path to this request: of a folder, the root is one, and so is a slash at the end."""
    check = clean_folder if request.is_folder else clean_path
    for path in dict.fromkeys(place.format(spelling) for spelling in TRAVERSALS for place in PLACES):
        if not request.is_in_body and SURROGATE.search(path):
            continue  # an address has no way to say it: Django reads percent signs and letters
        try:
            check(path)
        except InvalidInput:
            yield path


def everything(ground: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in ground.rglob("*")}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}


@pytest.mark.parametrize("name", list(REQUESTS))
def test_no_route_is_led_astray(cast: Cast, files: Files, ground: Path, name: str) -> None:
    request, access = REQUESTS[name], cast.member.access()
    files.put("model/weights.bin", b"kept")
    before, client = everything(ground), Client(headers=dict(files.caller.headers))
    tried = list(spellings(request))
    assert len(tried) >= 60
    for path in tried:
        body = b"bytes" if request.body is None else json.dumps(request.body(files, path)).encode()
        sent = b"" if request.method in {"GET", "DELETE"} else body
        answer: Any = client.generic(
            request.method, request.address(files, path), sent, content_type="application/json"
        )
        if request.is_batch and answer.status_code == 200:
            assert answer.json()["items"][0]["error"]["code"] == "invalid_path", ascii(path)
        else:
            assert answer.status_code in {400, 404, 501}, (ascii(path), answer.status_code, answer.content[:200])
        assert b"canary" not in answer.content
        assert "/outside" not in answer.content.decode()
    assert everything(ground) == before
    with bound(access):
        assert [file.path for file in Artifact.objects.in_project(access)] == ["model/weights.bin"]
        assert Blob.objects.in_project(access).count() == 1
        assert not Upload.objects.in_project(access).exists()
