"""mlflow-artifacts: upload, download, delete."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.api.artifacts.files import PROXY, Files, sha256
from tests.api.mlflow.caller import Caller
from tests.unit.artifacts.traversal import TRAVERSALS


@pytest.mark.parametrize("size", [0, 1, 1_000, 256 * 1024, 256 * 1024 + 1, 3_000_000])
def test_a_file_comes_back_as_it_went(files: Files, size: int) -> None:
    content = os.urandom(size)
    assert files.put("model/weights.bin", content).body == {}
    answer = files.get("model/weights.bin")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Length"] == str(size)
    assert answer.headers["ETag"] == f'"{sha256(content)}"'


def test_download_is_an_attachment_that_nothing_runs(files: Files) -> None:
    files.put("report ä.html", b"<script>alert(1)</script>")
    headers = files.get("report ä.html").headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Disposition"] == "attachment; filename*=utf-8''report%20%C3%A4.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.json", "text/plain; charset=utf-8"),
        ("conda.yaml", "text/plain; charset=utf-8"),
        ("notes.md", "text/plain; charset=utf-8"),
        ("MLmodel", "text/plain; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.png", "application/octet-stream"),
        ("a.pkl", "application/x-pickle"),
        ("a.csv.gz", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_content_type_is_never_what_the_client_says(files: Files, name: str, media_type: str) -> None:
    files.put(name)
    assert files.get(name, Accept="text/html").headers["Content-Type"] == media_type


def test_a_file_is_replaced(files: Files) -> None:
    files.put("a.txt", b"first")
    files.put("a.txt", b"second")
    assert files.get("a.txt").content == b"second"
    assert files.entries() == [{"path": "a.txt", "is_dir": False, "file_size": 6}]


@pytest.mark.parametrize(
    "name", ["with space.txt", "été.csv", "日本/語.txt", "a+b=c&d;e.txt", "100%.txt", "a~b'(c)!*@:,$.txt", "50%25.txt"]
)
def test_names_mean_what_they_say(files: Files, name: str) -> None:
    assert files.put(name, name.encode()).status == 200
    assert files.get(name).content == name.encode()
    folder, _, last = name.rpartition("/")
    assert files.names(folder) == [last]


def test_a_question_mark_that_a_client_did_not_quote_belongs_to_the_name(files: Files) -> None:
    path = f"{PROXY}/artifacts/{files.root}/what?why&how+now=%C3%A4.txt"
    assert files.raw("PUT", path, b"content").status_code == 200
    assert files.names() == ["what?why&how+now=ä.txt"]
    assert files.raw("GET", path).content == b"content"
    assert files.raw("DELETE", path).status_code == 200
    assert files.names() == []


@pytest.mark.parametrize("path", [path for path in TRAVERSALS if path.strip("/") and "\ud800" not in path], ids=ascii)
def test_traversal_is_refused_and_nothing_is_touched(files: Files, path: str) -> None:
    files.put("there.txt")
    for method in ("PUT", "GET"):
        answer = files.raw(method, f"{PROXY}/artifacts/{files.address(path)}", b"x" if method == "PUT" else b"")
        if "\n" in path:  # not even Django's resolver lets it pass
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    if not path.endswith("/") and "\n" not in path:
        assert files.delete(path).status == 400
        listed = files.ask(f"{PROXY}/artifacts", path=f"{files.root}/{path}")
        assert listed.status == 400
    assert files.names() == ["there.txt"]


@pytest.mark.parametrize("path", [path for path in TRAVERSALS if path.strip("/") and "\ud800" not in path], ids=ascii)
def test_traversal_out_of_the_run_is_refused_or_finds_nothing(files: Files, path: str) -> None:
    for address in (path, f"0/{path}", f"0/{files.run_id}/{path}"):
        for method in ("PUT", "GET", "DELETE"):
            answer = files.raw(method, f"{PROXY}/artifacts/{quote(address)}")
            assert answer.status_code in {400, 404}, (method, address)


def test_what_is_absent_is_not_found(files: Files) -> None:
    answer = files.get("absent.txt")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert files.delete("absent.txt").status == 404
    for root in (
        "1",
        f"7/{files.run_id}",
        f"0/{'0' * 32}",
        f"0/{files.run_id.upper()}",
        "models/m-1",
        f"x/{files.run_id}",
    ):
        address = f"{PROXY}/artifacts/{root}/artifacts/a.txt"
        for method in ("PUT", "GET", "DELETE"):
            assert files.raw(method, address).status_code == 404, (method, root)


def test_a_folder_is_no_file_and_a_file_no_folder(files: Files) -> None:
    files.put("a/b.txt")
    assert files.get("a").status_code == 400
    assert files.put("a").status == 400
    assert "is a folder" in files.put("a").message
    assert "is a file" in files.put("a/b.txt/c/d.txt").message
    assert files.put("a/b.txt/c.txt").status == 400
    assert files.entries() == [{"path": "a", "is_dir": True}]


def test_delete_of_a_file_a_folder_and_everything(files: Files) -> None:
    for path in ("a.txt", "b/c.txt", "b/d/e.txt", "b/d/f.txt", "bc/g.txt", "b0/h.txt"):
        files.put(path, path.encode())
    assert files.delete("b/d/e.txt").status == 200
    assert files.names("b/d") == ["f.txt"]
    assert files.delete("b/d/f.txt").status == 200
    assert files.names("b") == ["c.txt"]
    assert files.delete("b").status == 200
    assert files.names() == ["a.txt", "b0", "bc"]
    assert files.delete().status == 200
    assert files.names() == []
    assert files.delete().status == 200


def test_a_body_that_ends_early_leaves_nothing_and_what_was_there_stays(files: Files) -> None:
    files.put("a.txt", b"whole")
    for path in ("a.txt", "new.txt"):
        address = f"/acme/vision{PROXY}/artifacts/{files.address(path)}"
        cut: Any = {"wsgi.input": BytesIO(b"half"), "CONTENT_LENGTH": "400"}
        answer = Client().generic("PUT", address, headers=dict(files.caller.headers), **cut)
        assert answer.status_code == 400
        assert "ended after 4 of 400 bytes" in answer.json()["message"]
    assert (files.get("a.txt").content, files.names()) == (b"whole", ["a.txt"])


def test_a_chunked_body_is_taken_only_when_it_is_empty(files: Files) -> None:
    headers = {**files.caller.headers, "Transfer-Encoding": "chunked"}
    for content, status in ((b"", 200), (b"x", 400)):
        body: Any = {"wsgi.input": BytesIO(content)}
        address = f"/acme/vision{PROXY}/artifacts/{files.root}/a.txt"
        assert Client().generic("PUT", address, headers=headers, **body).status_code == status
    assert files.get("a.txt").content == b""


def test_files_of_a_deleted_run_are_read_and_deleted_and_not_written(files: Files) -> None:
    files.put("a.txt")
    files.caller.post("runs/delete", run_id=files.run_id)
    refusal = files.put("b.txt")
    assert (refusal.status, "must be in the 'active' state" in refusal.message) == (400, True)
    assert files.get("a.txt").status_code == 200
    assert files.delete("a.txt").status == 200


def test_viewer_reads_and_does_not_write(files: Files, viewer: Caller) -> None:
    files.put("a.txt")
    seen = files.seen_by(viewer)
    assert (seen.get("a.txt").status_code, seen.names()) == (200, ["a.txt"])
    assert {seen.put("b.txt").status, seen.delete("a.txt").status} == {403}
    assert files.names() == ["a.txt"]


def test_stranger_finds_nothing_anywhere(files: Files, stranger: Caller) -> None:
    files.put("a.txt")
    for base in ("/rival/vision", "/acme/vision"):
        seen = files.seen_by(Caller(stranger.headers, base=base))
        for answer in (seen.get("a.txt"), seen.raw("DELETE", f"{PROXY}/artifacts/{files.root}/a.txt")):
            assert answer.status_code == 404
        assert seen.put("a.txt", b"overwritten").status == 404
        assert seen.ask(f"{PROXY}/artifacts", path=files.root).status == 404
    assert files.get("a.txt").content == b"content"


def test_anonymous_is_told_nothing(files: Files) -> None:
    seen = files.seen_by(Caller({}))
    assert {seen.put("a.txt").status, seen.get("a.txt").status_code, seen.delete("a.txt").status} == {401}


def test_get_artifact_and_upload_artifact(files: Files) -> None:
    path = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={files.run_id}&path=a/b%20c.txt"
    assert files.raw("POST", path, b"posted").status_code == 200
    for query in (f"run_id={files.run_id}", f"run_uuid={files.run_id}"):
        answer = files.raw("GET", f"/get-artifact?{query}&path=a/b%20c.txt")
        assert (answer.status_code, answer.content) == (200, b"posted")
    assert files.raw("GET", f"/get-artifact?run_id={files.run_id}&path=../x").status_code == 400
    assert files.raw("GET", f"/get-artifact?run_id={files.run_id}").status_code == 400
    assert files.raw("GET", "/get-artifact?path=a").status_code == 400
    assert files.raw("POST", "/ajax-api/2.0/mlflow/upload-artifact?path=a", b"x").status_code == 400
