"""Files in parts through the native API: begun, taken up again, completed, given up."""

from __future__ import annotations

import hashlib
import os
import uuid
from typing import Any

import pytest
import requests
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.api.artifacts.test_multipart import use_bucket
from tests.api.native.http import Answer, call, data, delete, everything, get, post, refusal
from tests.api.native.test_artifacts import BYTES, run
from tests.factories.cast import Cast
from tests.factories.runs import make_run
from tests.servers.seaweedfs import S3Server

MIB = 1024 * 1024
__all__ = ["run"]


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, settings: Settings) -> str:
    if request.param == "s3":
        use_bucket(request.getfixturevalue("s3_server"), settings, is_direct=False)
    return str(request.param)


@pytest.fixture
def direct(settings: Settings, s3_server: S3Server) -> None:
    use_bucket(s3_server, settings, is_direct=True)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def begin(cast: Cast, run: str, path: str = "m/big.bin", **more: Any) -> str:
    upload = data(post(cast.member, f"{run}/uploads", {"path": path, **more}), 201)
    assert upload["path"] == path
    return f"{run}/uploads/{upload['upload_id']}"


def put_part(cast: Cast, upload: str, number: int, content: bytes, query: str = "") -> Answer:
    return call(cast.member, "PUT", f"{upload}/parts/{number}{query}", content, content_type=BYTES)


def content_of(cast: Cast, run: str, path: str = "m/big.bin") -> bytes:
    answer = get(cast.viewer, f"{run}/artifacts/{path}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def names(cast: Cast, run: str) -> list[str]:
    return [item["path"] for item in everything(cast.viewer, f"{run}/artifacts", page_size=10)]


def test_an_upload_is_taken_up_again_where_it_was_interrupted(cast: Cast, run: str, store: str) -> None:
    content = os.urandom(10 * MIB + 100)
    pieces = {number: content[(number - 1) * 5 * MIB : number * 5 * MIB] for number in (1, 2, 3)}
    upload = begin(cast, run, size_bytes=len(content), sha256=sha256(content))
    for number in (3, 1):
        part = data(put_part(cast, upload, number, pieces[number], f"?sha256={sha256(pieces[number])}"))
        assert (part["number"], part["size_bytes"]) == (number, len(pieces[number]))
    assert names(cast, run) == []
    seen = data(get(cast.member, upload))
    assert [part["number"] for part in seen["parts"]] == [1, 3]
    assert (seen["size_bytes"], seen["sha256"], seen["is_direct"]) == (len(content), sha256(content), False)
    data(put_part(cast, upload, 2, pieces[2]))
    file = data(post(cast.member, f"{upload}/complete", {}))
    assert (file["size_bytes"], file["sha256"]) == (len(content), sha256(content))
    assert content_of(cast, run) == content
    assert refusal(post(cast.member, f"{upload}/complete", {}))[:2] == (404, "upload_not_found")


def test_named_parts_are_held_against_those_that_arrived(cast: Cast, run: str, store: str) -> None:
    upload = begin(cast, run)
    data(put_part(cast, upload, 1, b"first"))
    second = data(put_part(cast, upload, 1, b"second"))
    named = [{"number": 1, "etag": "0" * 32}]
    assert refusal(post(cast.member, f"{upload}/complete", {"parts": named}))[:2] == (400, "invalid_parts")
    data(post(cast.member, f"{upload}/complete", {"parts": [{"number": 1, "etag": second["etag"]}]}))
    assert content_of(cast, run) == b"second"


@pytest.mark.parametrize(
    ("said", "in_the_end"),
    [({"sha256": "0" * 64}, {}), ({"size_bytes": 3}, {}), ({"size_bytes": 300}, {}), ({}, {"sha256": "f" * 64})],
)
def test_what_arrived_is_held_against_what_was_said(
    cast: Cast, run: str, store: str, said: dict[str, Any], in_the_end: dict[str, Any]
) -> None:
    upload = begin(cast, run, **said)
    data(put_part(cast, upload, 1, b"content"))
    assert refusal(post(cast.member, f"{upload}/complete", in_the_end))[0] == 400
    assert names(cast, run) == []
    assert refusal(get(cast.member, upload))[0] == 404


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("plot.txt", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("page.png", b"<script>alert(1)</script>", "application/octet-stream"),
        ("notes.md", b"# Title", "text/markdown"),
    ],
)
def test_the_media_type_is_that_of_what_arrived(
    cast: Cast, run: str, store: str, name: str, content: bytes, media_type: str
) -> None:
    upload = begin(cast, run, name)
    data(put_part(cast, upload, 1, content))
    assert data(post(cast.member, f"{upload}/complete", {}))["media_type"] == media_type


def test_a_part_is_held_against_its_sha256(cast: Cast, run: str, store: str) -> None:
    upload = begin(cast, run)
    assert refusal(put_part(cast, upload, 1, b"content", f"?sha256={'0' * 64}"))[:2] == (400, "wrong_sha256")
    assert data(get(cast.member, upload))["parts"] == []


def test_unfinished_uploads_are_listed_until_they_end(
    cast: Cast, run: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    uploads = [begin(cast, run, f"file-{number}") for number in range(3)]
    begin(cast, f"/runs/{make_run(cast.member.access()).pk.hex}", "elsewhere")
    listed = everything(cast.member, f"{run}/uploads", page_size=2)
    assert [f"{run}/uploads/{upload['upload_id']}" for upload in listed] == uploads
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(cast.member, uploads[0]).status_code == 204
    data(put_part(cast, uploads[1], 1, b"x"))
    data(post(cast.member, f"{uploads[1]}/complete", {}))
    assert refusal(put_part(cast, uploads[0], 1, b"x"))[0] == 404
    assert refusal(delete(cast.member, uploads[0]))[0] == 404
    left = everything(cast.member, f"{run}/uploads", page_size=10)
    assert [upload["path"] for upload in left] == ["file-2"]


def test_an_upload_belongs_to_its_run_and_project(cast: Cast, run: str) -> None:
    upload = begin(cast, run)
    other = f"/runs/{make_run(cast.member.access()).pk.hex}"
    strange = f"/runs/{make_run(cast.stranger.access()).pk.hex}"
    upload_id = upload.rpartition("/")[2]
    attempts = [
        (cast.member, other, 404),
        (cast.stranger, run, 404),
        (cast.stranger, strange, 404),
        (cast.viewer, run, 403),
    ]
    for who, where, status in attempts:
        place = f"{where}/uploads/{upload_id}"
        assert refusal(call(who, "PUT", f"{place}/parts/1", b"x", content_type=BYTES))[0] == status
        assert refusal(get(who, place))[0] == status
        assert refusal(delete(who, place))[0] == status
        assert refusal(post(who, f"{place}/complete", {}))[0] == status
        wanted = {"parts": [{"number": 1, "size_bytes": 1}]}
        assert refusal(post(who, f"{place}/part-addresses", wanted))[0] == status
    for nonsense in ("x", upload_id.upper(), str(uuid.UUID(hex=upload_id))):
        assert refusal(get(cast.member, f"{run}/uploads/{nonsense}"))[:2] == (404, "upload_not_found")
    data(put_part(cast, upload, 1, b"x"))


@pytest.mark.parametrize("number", [0, 10_001, 10**17])
def test_parts_have_numbers(cast: Cast, run: str, number: int) -> None:
    assert refusal(put_part(cast, begin(cast, run), number, b"x"))[:2] == (400, "invalid_part_number")


def test_an_upload_for_which_there_is_no_room_is_refused_before_it_begins(
    cast: Cast, run: str, settings: Settings
) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    refused = post(cast.member, f"{run}/uploads", {"path": "a", "size_bytes": 11})
    assert refusal(refused)[:2] == (413, "storage_limit")
    upload = begin(cast, run, size_bytes=10)
    data(put_part(cast, upload, 1, b"1234567890"))
    assert refusal(put_part(cast, upload, 2, b"1"))[0] == 413
    data(post(cast.member, f"{upload}/complete", {}))


def test_a_folder_has_no_addresses(cast: Cast, run: str) -> None:
    wanted = {"parts": [{"number": 1, "size_bytes": 1}]}
    assert refusal(post(cast.member, f"{begin(cast, run)}/part-addresses", wanted))[:2] == (501, "not_direct")


def test_parts_go_straight_to_the_store(cast: Cast, run: str, direct: None) -> None:
    content = os.urandom(5 * MIB + 7)
    upload = begin(cast, run, sha256=sha256(content))
    assert data(get(cast.member, upload))["is_direct"]
    sizes = [{"number": 1, "size_bytes": 5 * MIB}, {"number": 2, "size_bytes": 7}]
    made = data(post(cast.member, f"{upload}/part-addresses", {"parts": sizes}))
    assert made["expires_in_seconds"] == 300
    urls = {item["number"]: item["url"] for item in made["items"]}
    assert "content-length" in urls[2]
    assert "big.bin" not in urls[2]
    # The address is for exactly so many bytes, for one part, and for one key.
    assert requests.put(urls[2], data=content[-8:]).status_code == 403
    sizeless = urls[2].replace("content-length%3Bhost", "host")
    assert sizeless != urls[2]
    assert requests.put(sizeless, data=content[-8:]).status_code == 403
    assert requests.put(urls[2].replace("partNumber=2", "partNumber=3"), data=content[-7:]).status_code == 403
    assert requests.put(urls[2].replace("/blobs/", "/blob5/"), data=content[-7:]).status_code == 403
    assert requests.put(urls[1], data=content[: 5 * MIB]).status_code == 200
    assert requests.put(urls[2], data=content[5 * MIB :]).status_code == 200
    assert data(post(cast.member, f"{upload}/complete", {}))["sha256"] == sha256(content)
    assert content_of(cast, run) == content
    assert requests.put(urls[2], data=content[5 * MIB :]).status_code == 404
