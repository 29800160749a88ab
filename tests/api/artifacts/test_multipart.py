"""mlflow-artifacts/mpu: a file in parts, through this server or straight to the store."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.api.artifacts.files import PROXY, Files, sha256
from tests.api.mlflow.caller import Caller, Reply
from tests.servers.buckets import new_bucket
from tests.servers.seaweedfs import S3Server

MIB = 1024 * 1024


@pytest.fixture(params=["disk", "s3", "direct"])
def store(request: pytest.FixtureRequest, settings: Settings) -> str:
    if request.param != "disk":
        server: S3Server = request.getfixturevalue("s3_server")
        use_bucket(server, settings, is_direct=request.param == "direct")
    return str(request.param)


def use_bucket(server: S3Server, settings: Settings, *, is_direct: bool) -> None:
    options = {**new_bucket(server), "public_endpoint_url": server.endpoint_url if is_direct else ""}
    settings.ARTIFACT_STORE = {"BACKEND": "apps.artifacts.stores.s3.S3Store", "OPTIONS": options}


def create(
    files: Files, name: str = "C:\\data\\big file.bin", folder: str = "/model", parts: int = 2
) -> dict[str, Any]:
    reply = files.caller.post(f"{PROXY}/mpu/create/{files.root}{folder}", path=name, num_parts=parts)
    assert reply.status == 200, reply
    return dict(reply.body)


def send(files: Files, credential: dict[str, Any], content: bytes) -> tuple[int, str]:
    """As the client does: to the address, with the headers, and nothing else."""
    url, headers = credential["url"], credential.get("headers", {})
    if "/mpu/part/" in url:
        anybody = Files(Caller(headers, base=""), files.experiment_id, files.run_id)
        answer = anybody.raw("PUT", urlsplit(url).path, content)
    else:
        answer = requests.put(url, data=content, headers=headers)
    return answer.status_code, answer.headers.get("ETag", "")


def complete(files: Files, upload_id: str, parts: list[tuple[int, str]], name: str = "big file.bin") -> Reply:
    body = {
        "path": name,
        "upload_id": upload_id,
        "parts": [{"part_number": number, "etag": etag, "url": "x"} for number, etag in parts],
    }
    return files.caller.post(f"{PROXY}/mpu/complete/{files.root}/model", body)


def test_parts_in_any_order_make_a_file(files: Files, store: str) -> None:
    content = os.urandom(5 * MIB + 100)
    upload = create(files)
    etags = {}
    for number in (2, 1):
        credential = upload["credentials"][number - 1]
        assert credential["part_number"] == number
        status, etags[number] = send(files, credential, content[(number - 1) * 5 * MIB : number * 5 * MIB])
        assert status == 200
    assert files.names() == []
    assert complete(files, upload["upload_id"], sorted(etags.items())).body == {}
    answer = files.get("model/big file.bin")
    assert (answer.content, answer.headers["ETag"]) == (content, f'"{sha256(content)}"')
    assert complete(files, upload["upload_id"], sorted(etags.items())).status == 404


def test_wrong_parts_are_refused_and_the_right_ones_still_work(files: Files, store: str) -> None:
    upload = create(files, parts=1)
    _, etag = send(files, upload["credentials"][0], b"content")
    for parts in ([], [(2, etag)], [(1, '"00000000000000000000000000000000"')]):
        assert complete(files, upload["upload_id"], parts).status == 400
    assert files.names() == []
    assert complete(files, upload["upload_id"], [(1, etag)]).status == 200
    assert files.get("model/big file.bin").content == b"content"


def test_an_aborted_upload_is_gone(
    files: Files, store: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    upload = create(files, parts=1)
    _, etag = send(files, upload["credentials"][0], b"content")
    abort = {"path": "big file.bin", "upload_id": upload["upload_id"]}
    route = f"{PROXY}/mpu/abort/{files.root}/model"
    with django_capture_on_commit_callbacks(execute=True):
        assert files.caller.post(route, abort).body == {}
    assert files.caller.post(route, abort).status == 404
    assert send(files, upload["credentials"][0], b"content")[0] == 404
    assert complete(files, upload["upload_id"], [(1, etag)]).status == 404
    assert files.names() == []


def test_credentials_are_ours_or_the_stores(files: Files, store: str) -> None:
    credential = create(files)["credentials"][0]
    if store == "direct":
        assert "headers" not in credential
        assert "X-Amz-Expires=300" in credential["url"]
        assert "big" not in credential["url"]
    else:
        assert credential["headers"] == files.caller.headers
        assert credential["url"].startswith(f"http://testserver/acme/vision{PROXY}/mpu/part/")


def test_an_upload_belongs_to_its_file_and_its_project(files: Files, viewer: Caller, stranger: Caller) -> None:
    upload = create(files, parts=1)
    credential = upload["credentials"][0]
    _, etag = send(files, credential, b"content")
    assert complete(files, upload["upload_id"], [(1, etag)], name="other.bin").status == 404
    other = Files(files.caller, "0", files.caller.new_run())
    assert complete(other, upload["upload_id"], [(1, etag)]).status == 404
    assert send(files, credential | {"headers": viewer.headers}, b"x")[0] == 403
    assert send(files, credential | {"headers": stranger.headers}, b"x")[0] == 404
    assert send(files, credential | {"headers": {}}, b"x")[0] == 401
    at_home = credential["url"].replace("/acme/", "/rival/")
    assert send(files, {"url": at_home, "headers": stranger.headers}, b"x")[0] == 404
    for number in ("0", "10001", "-1", "x", "1 "):
        url = credential["url"][:-1] + number
        assert send(files, credential | {"url": url}, b"x")[0] == 400, number
    assert complete(files, upload["upload_id"], [(1, etag)]).status == 200


def test_refused_beginnings(files: Files) -> None:
    route = f"{PROXY}/mpu/create/{files.root}"
    assert files.caller.post(route, path="a", num_parts=0).status == 400
    assert files.caller.post(route, path="a", num_parts=10_001).status == 400
    assert files.caller.post(route, num_parts=1).status == 400
    assert files.caller.post(route, path="..", num_parts=1).status == 400
    assert files.caller.post(f"{PROXY}/mpu/create/0/{'0' * 32}/artifacts", path="a").status == 404


def test_parts_take_room_and_give_it_back(files: Files, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    upload = create(files)
    _, first = send(files, upload["credentials"][0], b"123456")
    assert send(files, upload["credentials"][1], b"12345")[0] == 413
    assert files.put("a", b"12345").status == 413
    _, second = send(files, upload["credentials"][1], b"1234")
    assert complete(files, upload["upload_id"], [(1, first), (2, second)]).status == 200
    files.delete()
    assert files.put("a", b"1234567890").status == 200


def test_a_path_that_does_not_fit_gives_the_upload_up(files: Files) -> None:
    upload = create(files, parts=1)
    _, etag = send(files, upload["credentials"][0], b"content")
    files.put("model", b"in the way")
    assert complete(files, upload["upload_id"], [(1, etag)]).status == 400
    assert complete(files, upload["upload_id"], [(1, etag)]).status == 404
    assert files.names() == ["model"]
