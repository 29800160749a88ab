"""artifacts/list and the proxy's list."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.artifacts.models import Artifact, Blob, BlobState
from apps.artifacts.owners import OwnerRef, find_owner
from apps.mlflow_api.handlers import artifacts as handlers
from apps.projects.tenancy import bound
from tests.api.artifacts.files import PROXY, Files
from tests.api.mlflow.caller import Caller
from tests.factories.cast import Cast


def test_list_shows_files_and_folders_relative_to_the_root_of_the_run(files: Files) -> None:
    for path, content in (("b.txt", b"12"), ("a/c.txt", b"345"), ("a/d/e.txt", b"6"), ("B", b"")):
        files.put(path, content)
    reply = files.caller.get("artifacts/list", run_id=files.run_id)
    assert reply.body == {
        "root_uri": f"mlflow-artifacts:/0/{files.run_id}/artifacts",
        "files": [
            {"path": "B", "is_dir": False, "file_size": 0},
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 2},
        ],
    }
    listed = files.ask("/api/2.0/mlflow/artifacts/list", run_uuid=files.run_id, path="a/").body["files"]
    assert listed == [{"path": "a/c.txt", "is_dir": False, "file_size": 3}, {"path": "a/d", "is_dir": True}]


def test_proxy_lists_names_relative_to_the_folder(files: Files) -> None:
    files.put("a/c.txt", b"345")
    files.put("a/d/e.txt")
    expected = [{"path": "c.txt", "is_dir": False, "file_size": 3}, {"path": "d", "is_dir": True}]
    assert files.entries("a") == expected
    assert files.entries("a/") == expected
    for nothing in ("a/c.txt", "absent", "a/d/e"):
        assert files.entries(nothing) == []


def test_names_sort_by_code_point(files: Files) -> None:
    names = ["a", "é", "A", "_", "z", "日", "10", "2", "a b", "a-b", "a.b"]
    for name in names:
        files.put(f"{name}/x" if name in {"A", "日", "a-b"} else name)
    assert files.names() == sorted(names)


def test_pages(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "PAGE_SIZE", 2)
    names = ["a", "b", "c", "d", "e"]
    for name in names:
        files.put(f"{name}/x" if name in "bd" else name)
    found, token = [], ""
    while True:
        body = files.caller.get("artifacts/list", run_id=files.run_id, **({"page_token": token} if token else {})).body
        found.append([entry["path"] for entry in body["files"]])
        token = body.get("next_page_token", "")
        if not token:
            break
    assert found == [["a", "b"], ["c", "d"], ["e"]]


def test_page_token_of_another_folder_is_refused(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "PAGE_SIZE", 1)
    for path in ("a/b", "a/c", "d"):
        files.put(path)
    token = files.caller.get("artifacts/list", run_id=files.run_id).body["next_page_token"]
    route = "/api/2.0/mlflow/artifacts/list"
    assert files.ask(route, run_id=files.run_id, path="a", page_token=token).status == 400
    assert files.ask(route, run_id=files.caller.new_run(), page_token=token).status == 400
    assert files.ask(route, run_id=files.run_id, page_token="nonsense").status == 400
    assert files.ask(route, run_id=files.run_id, page_token=token).status == 200


def test_lists_of_what_is_absent(files: Files, stranger: Caller) -> None:
    assert files.caller.get("artifacts/list", run_id="0" * 32).status == 404
    assert files.caller.get("artifacts/list").status == 400
    assert files.seen_by(stranger).caller.get("artifacts/list", run_id=files.run_id).status == 404
    for root in ("", "0", f"0/{files.run_id}", f"7/{files.run_id}/artifacts", f"0/{'0' * 32}/artifacts"):
        assert files.ask(f"{PROXY}/artifacts", path=root).status == 404, root
    assert files.ask(f"{PROXY}/artifacts").status == 404
    assert files.ask(f"{PROXY}/artifacts", path=f"{files.root}/../x").status == 400


def test_a_folder_of_ten_thousand_files_lists_fast(files: Files, cast: Cast) -> None:
    access = cast.member.access()
    files.put("many/first")
    _many_files(files, cast, 10_000)
    with bound(access), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        listed = files.entries("many")
        seconds = time.perf_counter() - started
    assert sum("artifacts_artifact" in query["sql"] for query in captured.captured_queries) == 1
    assert len(listed) == 10_001
    assert seconds < 2
    page = files.ask("/api/2.0/mlflow/artifacts/list", run_id=files.run_id, path="many").body
    assert len(page["files"]) == handlers.PAGE_SIZE


def _many_files(files: Files, cast: Cast, count: int) -> None:
    access = cast.member.access()
    with bound(access):
        owner = find_owner(access, OwnerRef(Artifact.objects.in_project(access).get().owner_id))
        blob = Blob.objects.in_project(access).get(state=BlobState.STORED)
        Artifact.objects.in_project(access).bulk_create(
            Artifact(
                project_id=access.project.id,
                **owner.columns,
                folder="many",
                name=f"file-{number:05d}",
                blob=blob,
                size_bytes=blob.size_bytes,
                media_type="text/plain",
            )
            for number in range(count)
        )
