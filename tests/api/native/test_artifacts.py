"""Files of runs through the native API: listed, sent, fetched, deleted, counted."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from django.http import HttpResponse
from pytest_django import Settings

from tests.api.native.http import Answer, at, call, data, delete, everything, get, post, refusal
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import make_run

BYTES = "application/octet-stream"
MSGPACK = "application/msgpack"


@pytest.fixture
def run(cast: Cast) -> str:
    """The path of a new run of the member's."""
    return f"/runs/{make_run(cast.member.access()).pk.hex}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(cast: Cast, run: str, path: str, content: bytes = b"content", query: str = "", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(cast.member, "PUT", f"{run}/artifacts/{quote(path)}{query}", content, content_type=BYTES, **sent)


def fetch(cast: Cast, run: str, path: str, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = get(cast.viewer, f"{run}/artifacts/{quote(path)}", **sent)
    if answer.streaming:
        whole = HttpResponse(b"".join(answer.streaming_content), status=answer.status_code)
        whole.headers = answer.headers
        return whole
    return answer


@pytest.mark.parametrize("path", ["a.txt", "with space/été+%41?x=1&y.bin", "a/b/c/d/e", "日本語.csv"])
@pytest.mark.parametrize("size", [0, 1, 700_000])
def test_a_file_comes_back_as_it_went(cast: Cast, run: str, path: str, size: int) -> None:
    content = b"x" * size
    stored = data(put(cast, run, path, content))
    assert (stored["path"], stored["size_bytes"], stored["sha256"]) == (path, size, sha256(content))
    answer = fetch(cast, run, path)
    assert (answer.content, answer.headers["ETag"]) == (content, f'"{sha256(content)}"')
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert data(get(cast.viewer, f"{run}/artifact-info/{quote(path)}")) == stored


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("not a picture.png", b"<script>alert(1)</script>", "application/octet-stream"),
        ("a picture.txt", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("noextension", b"%PDF-1.7", "application/pdf"),
        ("data.parquet", b"PAR1....", "application/vnd.apache.parquet"),
        ("model.pt", b"PK\x03\x04....", "application/zip"),
        ("archive.csv", b"PK\x03\x04....", "application/zip"),
        ("a.md", b"# Title", "text/markdown"),
        ("a.json", b"{}", "application/json"),
        ("a.csv", b"a,b", "text/csv"),
        ("conda.yaml", b"a: b", "application/yaml"),
        ("MLmodel", b"a: b", "application/yaml"),
        ("empty.png", b"", "image/png"),
        ("A.PNG", b"RIFF....WEBPVP8 ", "image/webp"),
        ("model.safetensors", b"\x40\0\0\0\0\0\0\0{", "application/x-safetensors"),
        ("model.pt", b"\x40\0\0\0\0\0\0\0{", "application/x-safetensors"),
        ("not one.safetensors", b"12345678{", "application/octet-stream"),
        ("weights.h5", b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
        ("a.npy", b"\x93NUMPY\x01\0", "application/x-npy"),
        ("model.onnx", b"\x08\x07", "application/x-onnx"),
        ("model.pkl", b"\x80\x04\x95", "application/x-pickle"),
        ("a.JSON", b"[]", "application/json"),
        ("a.tsv", b"a\tb", "text/tab-separated-values"),
        ("a.toml", b"[a]", "application/toml"),
        ("a.ipynb", b"{}", "application/x-ipynb+json"),
        ("a.jsonl", b"{}", "application/x-ndjson"),
        ("page.html", b"<p>", "text/html"),
        ("cut.txt", b"." * 63 + "é".encode(), "text/plain"),
        ("zeros.csv", b"a,b\0", "application/octet-stream"),
        ("latin.txt", b"caf\xe9 au lait", "application/octet-stream"),
    ],
)
def test_media_type_is_by_content_where_that_is_plain(
    cast: Cast, run: str, name: str, content: bytes, media_type: str
) -> None:
    assert data(put(cast, run, name, content))["media_type"] == media_type
    big = content + b"." * 100_000 if content else b""
    assert data(put(cast, run, f"big/{name}", big))["media_type"] == media_type


def test_ranges_and_conditions(cast: Cast, run: str) -> None:
    etag = f'"{data(put(cast, run, "a.txt", b"0123456789"))["sha256"]}"'
    part = fetch(cast, run, "a.txt", Range="bytes=2-4", Accept="image/png")
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert part.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fetch(cast, run, "a.txt", Range="bytes=10-").status_code == 416
    assert fetch(cast, run, "a.txt", If_None_Match=etag).status_code == 304
    assert fetch(cast, run, "a.txt", If_None_Match='"other"').content == b"0123456789"
    assert fetch(cast, run, "a.txt", Range="bytes=2-4", If_Range='"other"').status_code == 200


def test_what_arrives_is_held_against_its_sha256(cast: Cast, run: str) -> None:
    right, wrong = sha256(b"content"), sha256(b"other")
    assert put(cast, run, "a", query=f"?sha256={right.upper()}").status_code == 200
    assert put(cast, run, "a", X_Content_SHA256=right).status_code == 200
    for refused in (put(cast, run, "b", query=f"?sha256={wrong}"), put(cast, run, "b", X_Content_SHA256=wrong)):
        assert refusal(refused) == (400, "wrong_sha256", "sha256")
    for nonsense in ("", "00", "z" * 64):
        assert put(cast, run, "b", query=f"?sha256={nonsense}").status_code == 400
    assert put(cast, run, "b", X_Content_SHA256="00").status_code == 400
    assert refusal(get(cast.member, f"{run}/artifact-info/b"))[:2] == (404, "artifact_not_found")


def test_a_folder_lists_files_and_folders(cast: Cast, run: str) -> None:
    for path, content in (("m/b.txt", b"12"), ("m/a/x", b"123"), ("m/a/y/z", b"1234"), ("top", b"")):
        data(put(cast, run, path, content))
    top = data(get(cast.viewer, f"{run}/artifacts"))["items"]
    assert [(item["path"], item["kind"], item["size_bytes"], item["file_count"]) for item in top] == [
        ("m", "folder", 9, 3),
        ("top", "file", 0, 1),
    ]
    inner = everything(cast.viewer, f"{run}/artifacts?path=m", page_size=1)
    assert [(item["path"], item["sha256"], item["media_type"]) for item in inner] == [
        ("m/a", None, None),
        ("m/b.txt", sha256(b"12"), "text/plain"),
    ]
    assert data(get(cast.viewer, f"{run}/artifacts?path=nowhere"))["items"] == []
    assert refusal(get(cast.viewer, f"{run}/artifacts/m"))[:2] == (400, "is_a_folder")


def test_files_and_folders_are_deleted(cast: Cast, run: str) -> None:
    for path in ("m/a", "m/b/c", "top"):
        data(put(cast, run, path))
    assert refusal(delete(cast.viewer, f"{run}/artifacts/top"))[0] == 403
    for path in ("m/b", "top"):
        assert delete(cast.member, f"{run}/artifacts/{path}").status_code == 204
        assert delete(cast.member, f"{run}/artifacts/{path}").status_code == 404
    assert [item["path"] for item in everything(cast.viewer, f"{run}/artifacts?path=m", page_size=9)] == ["m/a"]


def test_refused_files(cast: Cast, run: str, settings: Settings) -> None:
    data(put(cast, run, "a"))
    assert refusal(put(cast, run, "a/b"))[:2] == (409, "file_in_the_way")
    assert refusal(call(cast.viewer, "PUT", f"{run}/artifacts/b", b"x", content_type=BYTES))[0] == 403
    assert refusal(call(cast.stranger, "PUT", f"{run}/artifacts/b", b"x", content_type=BYTES))[0] == 404
    assert refusal(call(None, "PUT", f"{run}/artifacts/b", b"x", content_type=BYTES))[0] == 401
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    assert refusal(put(cast, run, "b", b"12345678"))[:2] == (413, "storage_limit")
    assert delete(cast.member, run).status_code == 204
    assert refusal(put(cast, run, "b"))[0] == 409


def test_a_session_needs_its_csrf_token_to_send_a_file(cast: Cast, run: str) -> None:
    browser = cast.member.browser()
    browser.handler.enforce_csrf_checks = True
    assert browser.put(f"/api/v1{run}/artifacts/a", b"x", content_type=BYTES).status_code == 403
    assert data(get(cast.member, f"{run}/artifacts"))["items"] == []


@pytest.mark.parametrize("media_type", ["application/json", MSGPACK])
def test_each_file_of_a_batch_comes_to_an_end_of_its_own(cast: Cast, run: str, media_type: str) -> None:
    contents = {"a/one.txt": b"1", "a/one.txt/in-a-file": b"2", "../out": b"3", "big": b"x" * 400_000, "none": b""}
    sums = {"big": sha256(b"another")}
    files = [{"path": path, "content": content, "sha256": sums.get(path, "")} for path, content in contents.items()] + [
        {"path": "a/one.txt", "content": b"later"}
    ]
    encode = msgspec.json.encode if media_type != MSGPACK else msgspec.msgpack.encode
    items = data(post(cast.member, f"{run}/artifact-batch", encode({"files": files}), content_type=media_type))["items"]
    assert [(item["path"], (item["error"] or {}).get("code")) for item in items] == [
        ("a/one.txt", None),
        ("a/one.txt/in-a-file", "file_in_the_way"),
        ("../out", "invalid_path"),
        ("big", "wrong_sha256"),
        ("none", None),
        ("a/one.txt", None),
    ]
    assert items[0]["file"]["sha256"] == sha256(b"1")
    assert fetch(cast, run, "a/one.txt").content == b"later"
    assert fetch(cast, run, "none").content == b""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"files": [{"path": "a", "content": "not base64!"}]}', 400),
        (b'{"files": [{"path": "a"}]}', 400),
        (b'{"files": [], "more": 1}', 400),
        (msgspec.json.encode({"files": [{"path": "a", "content": b""}] * 1_001}), 413),
    ],
)
def test_malformed_batches(cast: Cast, run: str, body: bytes, status: int) -> None:
    assert refusal(post(cast.member, f"{run}/artifact-batch", body))[0] == status


def test_small_files_of_a_batch_share_transactions(cast: Cast, run: str, query_budget: Budget) -> None:
    files = [{"path": f"d{number % 8}/{number}.txt", "content": b"%d" % number} for number in range(64)]
    body = msgspec.json.encode({"files": files})
    with query_budget("native: batch of 64 small files"):
        items = data(post(cast.member, f"{run}/artifact-batch", body))["items"]
    assert [item["error"] for item in items] == [None] * 64
    assert fetch(cast, run, "d7/63.txt").content == b"63"


def test_a_batch_has_64_mib_at_most(cast: Cast, run: str) -> None:
    answer = post(
        cast.member, f"{run}/artifact-batch", b"{}", **{"content_type": MSGPACK, "Content-Length": str(64 * 2**20 + 1)}
    )
    assert refusal(answer)[:2] == (413, "payload_too_large")


def test_batch_of_somebody_elses_run(cast: Cast, run: str) -> None:
    body = {"files": [{"path": "a", "content": base64.b64encode(b"x").decode()}]}
    assert refusal(post(cast.stranger, f"{run}/artifact-batch", body))[0] == 404
    assert refusal(post(cast.viewer, f"{run}/artifact-batch", body))[0] == 403


def test_totals(cast: Cast, run: str, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 1_000
    for path in ("a", "b"):
        data(put(cast, run, path, b"same"))
    counted = {"file_count": 2, "file_bytes": 8}
    project = at(cast.project)
    assert data(get(cast.viewer, f"{run}/usage")) == counted
    assert data(get(cast.viewer, f"{project}/experiments/0/usage")) == counted
    assert data(get(cast.viewer, f"{project}/usage")) == counted | {"stored_bytes": 4, "limit_bytes": 1_000}
    assert refusal(get(cast.viewer, f"{project}/experiments/77/usage"))[0] == 404
    assert refusal(get(cast.stranger, f"{run}/usage"))[0] == 404


def test_statements_of_a_list_do_not_grow(cast: Cast, run: str, query_budget: Budget) -> None:
    for number in range(20):
        data(put(cast, run, f"f{number}"))
        data(put(cast, run, f"d{number}/x"))
    with query_budget("native: list 20 files and 20 folders"):
        assert len(data(get(cast.viewer, f"{run}/artifacts"))["items"]) == 40
