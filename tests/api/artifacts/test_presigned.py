"""Addresses at which bytes go between client and store directly."""

from __future__ import annotations

import io
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tests.api.artifacts.files import PROXY, Files
from tests.api.artifacts.test_multipart import complete, create, send, use_bucket
from tests.api.mlflow.caller import Caller
from tests.factories.cast import Cast
from tests.servers.seaweedfs import S3Server

UPLOAD, DOWNLOAD = "artifacts/presigned-upload-url", "artifacts/presigned-download-url"


@pytest.fixture
def direct(files: Files, settings: Settings, s3_server: S3Server) -> Files:
    settings.INLINE_ARTIFACT_BYTES = 0
    use_bucket(s3_server, settings, is_direct=True)
    return files


def presigned(files: Files, route: str, path: str = "a/b.txt", **more: Any) -> dict[str, Any]:
    reply = files.caller.post(route, run_id=files.run_id, path=path, **more)
    assert reply.status == 200, reply
    return dict(reply.body)


def life_seconds(url: str) -> str:
    return parse_qs(urlsplit(url).query)["X-Amz-Expires"][0]


def test_download_through_the_proxys_address(direct: Files) -> None:
    direct.put("a/b.txt", b"content")
    answer = direct.raw("GET", f"{PROXY}/presigned/{direct.address('a/b.txt')}").json()
    assert (answer["headers"], answer["file_size"], life_seconds(answer["url"])) == ({}, 7, "300")
    fetched = requests.get(answer["url"])
    assert fetched.content == b"content"
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="b.txt"'


def test_download_of_a_small_file_is_ours_and_asks_for_the_credential(direct: Files, settings: Settings) -> None:
    settings.INLINE_ARTIFACT_BYTES = 16_384
    path = "a/ü & ?.txt"
    direct.put(path, b"content")
    through_proxy = direct.raw("GET", f"{PROXY}/presigned/{direct.address(path)}")
    answers = (through_proxy.json(), presigned(direct, DOWNLOAD, path))
    assert through_proxy.headers["Cache-Control"] == "no-store"
    for answer, url in zip(answers, (answers[0]["url"], answers[1]["presigned_url"]), strict=True):
        assert (answer["headers"].keys(), answer["file_size"]) == ({"Authorization"}, 7)
        parts = urlsplit(url)
        address = f"{parts.path}?{parts.query}"
        headers = {"HTTP_AUTHORIZATION": answer["headers"]["Authorization"], "HTTP_RANGE": "bytes=0-3"}
        client = Client()
        assert client.get(address).status_code == 401
        assert client.get(address, **headers).content == b"cont"


def test_download_address_lives_no_longer_than_five_minutes(direct: Files) -> None:
    direct.put("a/b.txt", b"content")
    for asked, lives in ((None, "300"), (10, "10"), (604_800, "300")):
        more: dict[str, Any] = {} if asked is None else {"expiration": asked}
        answer = presigned(direct, DOWNLOAD, **more)
        assert (answer["file_size"], life_seconds(answer["presigned_url"])) == (7, lives)
    assert requests.get(answer["presigned_url"]).content == b"content"
    refused = direct.caller.post(DOWNLOAD, run_id=direct.run_id, path="a/b.txt", expiration=0)
    assert refused.status == 400


def test_what_was_uploaded_to_an_address_is_there_when_somebody_looks(direct: Files, viewer: Caller) -> None:
    url = presigned(direct, UPLOAD)["presigned_url"]
    assert direct.names() == []
    assert requests.put(url, data=b"direct").status_code == 200
    assert direct.seen_by(viewer).entries("a") == [{"path": "b.txt", "is_dir": False, "file_size": 6}]
    assert direct.get("a/b.txt").content == b"direct"


def test_an_address_used_again_changes_nothing(direct: Files) -> None:
    url = presigned(direct, UPLOAD)["presigned_url"]
    requests.put(url, data=b"first")
    assert direct.get("a/b.txt").content == b"first"
    requests.put(url, data=b"changed behind our back")
    assert (direct.names("a"), direct.get("a/b.txt").content) == (["b.txt"], b"first")


def test_over_the_limit_it_comes_to_nothing(direct: Files, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 5
    requests.put(presigned(direct, UPLOAD)["presigned_url"], data=b"too much")
    assert direct.names() == []
    settings.PROJECT_STORAGE_LIMIT_BYTES = 0
    assert direct.names() == []


def test_a_deleted_run_gets_no_files(direct: Files) -> None:
    url = presigned(direct, UPLOAD)["presigned_url"]
    requests.put(url, data=b"late")
    direct.caller.post("runs/delete", run_id=direct.run_id)
    assert direct.names() == []
    assert direct.caller.post(UPLOAD, run_id=direct.run_id, path="a").status == 400


def test_who_may_have_addresses(direct: Files, viewer: Caller, stranger: Caller) -> None:
    direct.put("a/b.txt")
    fields = {"run_id": direct.run_id, "path": "a/b.txt"}
    assert (viewer.post(UPLOAD, **fields).status, viewer.post(DOWNLOAD, **fields).status) == (403, 200)
    assert {stranger.post(UPLOAD, **fields).status, stranger.post(DOWNLOAD, **fields).status} == {404}
    proxied = f"{PROXY}/presigned/{direct.address('a/b.txt')}"
    assert direct.seen_by(stranger).raw("GET", proxied).status_code == 404


@pytest.mark.parametrize("route", [UPLOAD, DOWNLOAD])
def test_refused_requests(direct: Files, route: str) -> None:
    post = direct.caller.post
    assert post(route, path="a").status == 400
    assert post(route, run_id=direct.run_id).status == 400
    assert post(route, run_id=direct.run_id, model_id="m-1", path="a").status == 400
    assert post(route, run_id=direct.run_id, path="../a").status == 400
    assert post(route, run_id="0" * 32, path="a").status == 404


def test_without_a_store_that_clients_reach_it_is_501(files: Files) -> None:
    files.put("a")
    for route in (UPLOAD, DOWNLOAD):
        reply = files.caller.post(route, run_id=files.run_id, path="a")
        assert (reply.status, reply.code) == (501, "NOT_IMPLEMENTED")
        assert "is not supported for the current artifact repository" in reply.message
    assert files.raw("GET", f"{PROXY}/presigned/{files.address('a')}").status_code == 501


def test_the_media_type_of_what_went_straight_to_the_store_is_by_its_bytes(direct: Files) -> None:
    for name, content in {"plot.txt": b"\x89PNG\r\n\x1a\n....", "page.png": b"<script>alert(1)</script>"}.items():
        assert requests.put(presigned(direct, UPLOAD, name)["presigned_url"], data=content).ok
    assert sorted(direct.names()) == ["page.png", "plot.txt"]
    types = [direct.get(name).headers["Content-Type"] for name in ("plot.txt", "page.png")]
    assert types == ["image/png", "application/octet-stream"]


def test_server_says_whether_clients_may_bypass_it(files: Files, settings: Settings, s3_server: S3Server) -> None:
    names = ("multipart_uploads_enabled", "multipart_downloads_enabled", "presigned_upload_run_id_supported")
    for is_direct in (False, True):
        if is_direct:
            use_bucket(s3_server, settings, is_direct=True)
        info = files.caller.get("/api/3.0/mlflow/server-info").body
        assert {info[name] for name in names} == {is_direct}


def test_an_address_that_was_edited_is_refused(direct: Files, viewer: Caller) -> None:
    """Key, method, life, time, file name and signature are what was signed, or nothing is given or taken."""
    direct.put("a/b.txt", b"victims-bytes")
    down, up = presigned(direct, DOWNLOAD)["presigned_url"], presigned(direct, UPLOAD, "new.txt")["presigned_url"]
    for url in (down, up):
        parts = urlsplit(url)
        key = parts.path.rpartition("/")[2]
        edits = [
            url.replace(key, key[:-1] + ("0" if key[-1] != "0" else "1")),
            url.replace(parts.path, parts.path.rpartition("/blobs/")[0]),
            url.replace(parts.path, parts.path.replace("/projects/", "/projects/../projects/")),
            url.replace(parts.path, f"{parts.path}/../{key}x"),
            url.replace("X-Amz-Expires=300", "X-Amz-Expires=604800"),
            re.sub(r"X-Amz-Date=\d{8}T", "X-Amz-Date=20991231T", url),
            re.sub(r"X-Amz-Signature=\w{4}", "X-Amz-Signature=0000", url),
            re.sub(r"&X-Amz-Signature=\w+", "", url),
            url.partition("?")[0],
        ]
        assert len({url, *edits}) == 1 + len(edits)
        for edited in edits:
            for method in ("GET", "PUT", "DELETE"):
                answer = _as_it_is(method, edited)
                assert answer.status_code in {400, 403, 404}, (method, edited, answer.status_code)
                assert b"victims-bytes" not in answer.content
    assert _as_it_is("PUT", down).status_code == _as_it_is("DELETE", down).status_code == 403
    assert _as_it_is("GET", up).status_code == _as_it_is("DELETE", up).status_code == 403
    renamed = re.sub("response-content-type=[^&]+", "response-content-type=text%2Fhtml", down)
    assert renamed != down
    assert requests.get(renamed).status_code == 403
    assert direct.names() == ["a"]
    assert direct.get("a/b.txt").content == b"victims-bytes"


def test_an_address_that_has_expired_is_refused(direct: Files) -> None:
    direct.put("a/b.txt", b"content")
    down = presigned(direct, DOWNLOAD, expiration=1)["presigned_url"]
    up = presigned(direct, UPLOAD, "late.txt", expiration=1)["presigned_url"]
    time.sleep(2.5)
    assert requests.get(down).status_code == 403
    assert requests.put(up, data=b"late").status_code == 403
    assert direct.names() == ["a"]


def revoke(cast: Cast) -> None:
    """Revoke the member's token."""
    call_command("revoke_token", "acme", cast.member.token, stdout=io.StringIO())


def test_addresses_outlive_a_revoked_token_by_no_more_than_their_time(
    direct: Files, viewer: Caller, cast: Cast
) -> None:
    """They are the store's, which knows no tokens: that is why they live for five minutes at most."""
    direct.put("a/b.txt", b"content")
    down, up = presigned(direct, DOWNLOAD)["presigned_url"], presigned(direct, UPLOAD, "a/new.txt")["presigned_url"]
    short = presigned(direct, DOWNLOAD, expiration=1)["presigned_url"]
    late = presigned(direct, UPLOAD, "late.txt", expiration=1)["presigned_url"]
    revoke(cast)
    fields = {"run_id": direct.run_id, "path": "a/b.txt"}
    assert {direct.caller.post(route, **fields).status for route in (UPLOAD, DOWNLOAD)} == {401}
    assert direct.raw("GET", f"{PROXY}/presigned/{direct.address('a/b.txt')}").status_code == 401
    assert {life_seconds(url) for url in (down, up)} == {"300"}
    assert requests.get(down).content == b"content"
    assert requests.put(up, data=b"begun with rights").status_code == 200
    assert direct.seen_by(viewer).names("a") == ["b.txt", "new.txt"]
    time.sleep(2.5)
    assert requests.get(short).status_code == 403
    assert requests.put(late, data=b"late").status_code == 403
    assert direct.seen_by(viewer).names() == ["a"]


def test_parts_that_go_through_us_end_with_the_token(files: Files, viewer: Caller, cast: Cast) -> None:
    upload = create(files)
    assert send(files, upload["credentials"][0], b"content")[0] == 200
    revoke(cast)
    assert send(files, upload["credentials"][1], b"content")[0] == 401
    assert complete(files, upload["upload_id"], [(1, "x")]).status == 401
    assert files.seen_by(viewer).names() == []


def test_a_parts_address_that_was_edited_is_refused(direct: Files) -> None:
    """Key, upload, part, life and method are what was signed."""
    upload, other = create(direct), create(direct, "other.bin")
    first, second = (credential["url"] for credential in upload["credentials"])
    foreign = other["credentials"][0]["url"]
    edits = [
        first.replace("partNumber=1", "partNumber=2"),
        first.replace(upload_id_of(first), upload_id_of(foreign)),
        first.replace(urlsplit(first).path, urlsplit(foreign).path),
        first.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        first.replace(signature_of(first), signature_of(second)),
        re.sub("[?&](uploadId|partNumber)=[^&]+", "", first),
        first.partition("?")[0],
    ]
    assert len({first, *edits}) == 1 + len(edits)
    statuses = [requests.put(edited, data=b"x").status_code for edited in edits]
    assert set(statuses) <= {400, 403}, statuses
    assert {_as_it_is(method, first).status_code for method in ("GET", "DELETE", "POST")} <= {400, 403, 405}
    status, etag = send(direct, upload["credentials"][0], b"content")
    assert (status, complete(direct, upload["upload_id"], [(1, etag)]).status) == (200, 200)
    assert direct.get("model/big file.bin").content == b"content"
    assert direct.names("model") == ["big file.bin"]


def test_a_parts_address_that_has_expired_is_refused(direct: Files, settings: Settings) -> None:
    settings.PRESIGNED_SECONDS = 1
    upload = create(direct, parts=1)
    time.sleep(2.5)
    assert send(direct, upload["credentials"][0], b"late")[0] == 403
    assert direct.names() == []


def test_what_the_sender_calls_the_content_decides_nothing(direct: Files) -> None:
    url = presigned(direct, UPLOAD, "page.txt")["presigned_url"]
    html = b"<script>alert(1)</script>"
    assert requests.put(url, data=html, headers={"Content-Type": "text/html"}).status_code == 200
    assert direct.get("page.txt").headers["Content-Type"].startswith("text/plain")
    fetched = requests.get(presigned(direct, DOWNLOAD, "page.txt")["presigned_url"])
    assert fetched.headers["Content-Type"].startswith("text/plain")
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    added = presigned(direct, UPLOAD, "other.txt")["presigned_url"] + "&response-content-type=text%2Fhtml"
    assert requests.put(added, data=html).status_code == 403


def signature_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]


def upload_id_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["uploadId"][0]


def _as_it_is(method: str, url: str) -> requests.Response:
    """The answer to an address whose dots nobody tidies up."""
    prepared = requests.Request(method, url, data=b"x" if method == "PUT" else None).prepare()
    prepared.url = url
    return requests.Session().send(prepared)
