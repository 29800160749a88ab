"""Files of logged models: the same routes as for runs, below the model's own root."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import requests
from pytest_django import Settings

from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import experiment_usage, project_usage, run_usage
from apps.artifacts.services.pins import pin_files
from apps.common.ids import parse_hex_id, uuid7
from apps.projects.tenancy import bound
from tests.api.artifacts.files import PROXY, Files, sha256
from tests.api.artifacts.test_multipart import MIB, send, use_bucket
from tests.api.mlflow.caller import Caller, Reply
from tests.api.mlflow.models import ABSENT_MODEL, new_model
from tests.factories.cast import Cast
from tests.servers.seaweedfs import S3Server
from tests.unit.artifacts.consistency import check_consistency

AJAX = "/ajax-api/2.0/mlflow"
UPLOAD, DOWNLOAD = "artifacts/presigned-upload-url", "artifacts/presigned-download-url"
SIZES = [0, 1_000, 16_384, 16_385, 300_000]


@dataclass(frozen=True, slots=True)
class ModelFiles(Files):
    """The files of a model; `run_id` is of the run that logged it."""

    model_id: str = ""

    @property
    def root(self) -> str:
        """What stands before every path."""
        return f"{self.experiment_id}/models/{self.model_id}/artifacts"

    def listed(self, folder: str = "", **query: str) -> Reply:
        """What the model's own route lists."""
        route = f"/api/2.0/mlflow/logged-models/{self.model_id}/artifacts/directories"
        return self.ask(route, artifact_directory_path=folder, **query)


class VersionFiles(Files):
    """The files of a version, whose id stands in place of a run's."""

    __slots__ = ()

    @property
    def root(self) -> str:
        """What stands before every path."""
        return f"versions/{self.run_id}/artifacts"


@pytest.fixture
def model_files(files: Files) -> ModelFiles:
    model_id = new_model(files.caller, source_run_id=files.run_id)
    return ModelFiles(files.caller, "0", files.run_id, model_id)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_as_it_went(model_files: ModelFiles, cast: Cast, size: int) -> None:
    content = os.urandom(size)
    assert model_files.put("data/weights.bin", content).body == {}
    answer = model_files.get("data/weights.bin")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["ETag"] == f'"{sha256(content)}"'
    route = f"{AJAX}/logged-models/{model_files.model_id}/artifacts/files?artifact_file_path=data/weights.bin"
    assert model_files.raw("GET", route).content == content
    assert model_files.raw("GET", route, Range="bytes=0-9").content == content[:10]
    check_consistency(cast.owner.access())


def test_lists_are_relative_to_the_models_root(model_files: ModelFiles) -> None:
    assert model_files.listed().body == {"root_uri": f"mlflow-artifacts:/{model_files.root}"}
    for path in ("MLmodel", "data/model.pkl", "data/deep/x"):
        model_files.put(path)
    assert model_files.listed().body == {
        "root_uri": f"mlflow-artifacts:/{model_files.root}",
        "files": [
            {"path": "MLmodel", "is_dir": False, "file_size": 7},
            {"path": "data", "is_dir": True},
        ],
    }
    assert [each["path"] for each in model_files.listed("data").body["files"]] == ["data/deep", "data/model.pkl"]
    assert "files" not in model_files.listed("nothing").body
    assert model_files.listed("../x").status == 400
    assert model_files.names() == ["MLmodel", "data"]
    assert model_files.names("data") == ["deep", "model.pkl"]


def test_files_are_replaced_and_removed_and_totals_are_exact(model_files: ModelFiles, files: Files, cast: Cast) -> None:
    access = cast.owner.access()
    files.put("same", b"same bytes")
    model_files.put("same", b"same bytes")
    model_files.put("a/b", b"12345")
    model_files.put("a/b", b"123")
    run_id = parse_hex_id(files.run_id)
    assert run_id is not None
    assert run_usage(access, run_id).file_count == 1
    usage = project_usage(access)
    assert (usage.file_count, usage.file_bytes, usage.stored_bytes) == (3, 23, 13)
    usage = experiment_usage(access, 0)
    assert (usage.file_count, usage.file_bytes) == (3, 23)
    check_consistency(access)
    assert model_files.delete("a").status == 200
    assert model_files.delete().status == 200
    assert model_files.names() == []
    assert files.names() == ["same"]
    assert project_usage(access).stored_bytes == 10
    check_consistency(access)


def test_a_path_is_a_file_or_a_folder(model_files: ModelFiles) -> None:
    model_files.put("a/b")
    assert model_files.put("a").status == 400
    assert model_files.put("a/b/c").status == 400
    assert model_files.get("a").status_code == 400
    assert model_files.get("a/c").status_code == 404


def test_the_address_names_the_models_experiment_and_kind(model_files: ModelFiles, files: Files) -> None:
    model_files.put("a")
    files.put("a")
    other = files.caller.new_experiment()
    bare, run = model_files.model_id.removeprefix("m-"), files.run_id
    for root in (
        f"{other}/models/{model_files.model_id}/artifacts",
        f"0/models/{bare}/artifacts",
        f"0/models/m-{run}/artifacts",
        f"0/{bare}/artifacts",
        f"0/{model_files.model_id}/artifacts",
        f"0/models/{ABSENT_MODEL}/artifacts",
        f"0/models/{model_files.model_id}/files",
        f"0/models/{model_files.model_id.upper()}/artifacts",
        f"versions/{bare}/artifacts",
        f"versions/{run}/artifacts",
        f"models/{model_files.model_id}/artifacts",
    ):
        address = f"{PROXY}/artifacts/{root}/a"
        assert files.raw("GET", address).status_code == 404, root
        assert files.raw("PUT", address, b"x").status_code == 404, root
        assert files.raw("DELETE", address).status_code == 404, root
    assert files.caller.get("artifacts/list", run_id=bare).status == 404
    assert files.ask("/get-artifact", run_id=bare, path="a").status == 404
    assert files.caller.get(f"logged-models/m-{run}/artifacts/directories").status == 404


def test_a_deleted_models_files_stay_and_are_not_written(model_files: ModelFiles) -> None:
    model_files.put("a", b"first")
    model_files.put("large", b"x" * 20_000)
    model_files.caller.send("DELETE", f"logged-models/{model_files.model_id}")
    for content in (b"second", b"y" * 20_000):
        refused = model_files.put("a", content)
        assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
        assert refused.message.endswith("must be in the 'active' state. Current state is deleted.")
    created = model_files.caller.post(f"{PROXY}/mpu/create/{model_files.root}", path="b", num_parts=1)
    assert created.status == 400
    assert model_files.get("a").content == b"first"
    assert model_files.delete("a").status == 200
    assert model_files.names() == ["large"]


def test_files_of_a_version_are_read_and_never_written(
    direct: ModelFiles, member: Caller, viewer: Caller, stranger: Caller, cast: Cast
) -> None:
    direct.put("MLmodel", b"flavors: {}")
    access, version_id = cast.member.access(), uuid7()
    with bound(access):
        source = OwnerRef(UUID(hex=direct.model_id.removeprefix("m-")), kind=OwnerKind.MODEL)
        assert pin_files(access, source=source, folder="", version_id=version_id) == (1, 11)
    version = VersionFiles(member, "", version_id.hex)
    for size in (5, 300_000):
        for path in ("MLmodel", "new"):
            refused = version.put(path, b"x" * size)
            assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
            assert refused.message == (
                "The files of a registered version never change: log another model and register that."
            )
    for reply in (
        version.seen_by(Caller(cast.owner.headers)).delete("MLmodel"),
        version.seen_by(Caller(cast.owner.headers)).delete(),
        member.post(f"{PROXY}/mpu/create/{version.root}", path="new", num_parts=1),
    ):
        assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")
    assert version.put("new").status == 400
    assert version.seen_by(viewer).put("new").status == 403
    assert version.seen_by(stranger).put("new").status == 404
    assert version.seen_by(stranger).get("MLmodel").status_code == 404
    assert version.names() == ["MLmodel"]
    assert version.seen_by(viewer).get("MLmodel").content == b"flavors: {}"
    proxied = direct.raw("GET", f"{PROXY}/presigned/{version.address('MLmodel')}").json()
    assert requests.get(proxied["url"]).content == b"flavors: {}"
    direct.put("MLmodel", b"another")
    direct.delete()
    assert version.get("MLmodel").content == b"flavors: {}"
    check_consistency(access)


def test_files_of_a_model_stay_when_its_run_goes(model_files: ModelFiles) -> None:
    model_files.put("a")
    model_files.caller.post("runs/delete", run_id=model_files.run_id)
    assert model_files.get("a").status_code == 200
    assert model_files.put("b").status == 200


@pytest.mark.parametrize("path", ["../a", "a/../../b", "/etc/passwd", "a//b", "a\\..\\b", "%2e%2e/a", "a\x00", ".."])
def test_paths_that_could_leave_the_root_are_refused(model_files: ModelFiles, path: str) -> None:
    assert model_files.put(path).status in {400, 404}
    files_route = f"{AJAX}/logged-models/{model_files.model_id}/artifacts/files"
    assert model_files.caller.get(files_route, artifact_file_path=path).status in {400, 404}
    assert model_files.names() == []


def test_the_route_of_one_file_needs_its_path_and_answers_below_ajax_api_alone(model_files: ModelFiles) -> None:
    model_files.put("a")
    route = f"{AJAX}/logged-models/{model_files.model_id}/artifacts/files"
    reply = model_files.caller.get(route)
    assert (reply.status, reply.message) == (400, 'Request must include the "artifact_file_path" query parameter.')
    reply = model_files.caller.get(f"logged-models/{model_files.model_id}/artifacts/files", artifact_file_path="a")
    assert (reply.status, reply.code) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("store", ["disk", "direct"])
def test_a_file_in_parts(model_files: ModelFiles, store: str, settings: Settings, request: Any) -> None:
    if store == "direct":
        use_bucket(request.getfixturevalue("s3_server"), settings, is_direct=True)
    content = os.urandom(5 * MIB + 10)
    upload = model_files.caller.post(f"{PROXY}/mpu/create/{model_files.root}/data", path="w.bin", num_parts=2).body
    parts = []
    for number, credential in enumerate(upload["credentials"]):
        status, etag = send(model_files, credential, content[number * 5 * MIB : (number + 1) * 5 * MIB])
        assert status == 200
        parts.append({"part_number": number + 1, "etag": etag, "url": ""})
    body = {"path": "w.bin", "upload_id": upload["upload_id"], "parts": parts}
    elsewhere = f"0/{model_files.run_id}/artifacts"
    assert model_files.caller.post(f"{PROXY}/mpu/complete/{elsewhere}/data", body).status == 404
    assert model_files.caller.post(f"{PROXY}/mpu/complete/{model_files.root}/data", body).body == {}
    assert model_files.get("data/w.bin").content == content
    again = model_files.caller.post(f"{PROXY}/mpu/create/{model_files.root}", path="b", num_parts=1).body
    abort = {"path": "b", "upload_id": again["upload_id"]}
    assert model_files.caller.post(f"{PROXY}/mpu/abort/{model_files.root}", abort).body == {}
    assert model_files.names() == ["data"]


@pytest.fixture
def direct(model_files: ModelFiles, settings: Settings, s3_server: S3Server) -> ModelFiles:
    settings.INLINE_ARTIFACT_BYTES = 0
    use_bucket(s3_server, settings, is_direct=True)
    return model_files


def test_presigned_addresses_of_a_model(direct: ModelFiles) -> None:
    upload = direct.caller.post(UPLOAD, model_id=direct.model_id, path="data/w.bin").body
    assert requests.put(upload["presigned_url"], data=b"content", headers=upload["headers"]).status_code == 200
    assert direct.listed("data").body["files"] == [{"path": "data/w.bin", "is_dir": False, "file_size": 7}]
    download = direct.caller.post(DOWNLOAD, model_id=direct.model_id, path="data/w.bin").body
    assert download["file_size"] == 7
    assert requests.get(download["presigned_url"]).content == b"content"
    proxied = direct.raw("GET", f"{PROXY}/presigned/{direct.address('data/w.bin')}").json()
    assert requests.get(proxied["url"]).content == b"content"


def test_presigned_download_of_a_small_file_is_ours(direct: ModelFiles, settings: Settings) -> None:
    settings.INLINE_ARTIFACT_BYTES = 16_384
    direct.put("a/ü & ?.txt", b"content")
    answer = direct.caller.post(DOWNLOAD, model_id=direct.model_id, path="a/ü & ?.txt").body
    parts = urlsplit(answer["presigned_url"])
    anybody = Files(Caller(answer["headers"], base=""), "", "")
    assert anybody.raw("GET", f"{parts.path}?{parts.query}").content == b"content"


@pytest.mark.parametrize("route", [UPLOAD, DOWNLOAD])
def test_presigned_addresses_are_for_one_owner_that_is_there(direct: ModelFiles, stranger: Caller, route: str) -> None:
    direct.put("a")
    post = direct.caller.post
    both = post(route, run_id=direct.run_id, model_id=direct.model_id, path="a")
    assert (both.status, both.message) == (400, "Exactly one of run_id and model_id must be provided.")
    assert post(route, path="a").status == 400
    assert post(route, model_id=direct.model_id, path="../a").status == 400
    assert post(route, model_id=ABSENT_MODEL, path="a").status == 404
    assert post(route, model_id=f"m-{direct.run_id}", path="a").status == 404
    assert stranger.post(route, model_id=direct.model_id, path="a").status == 404


def test_an_announced_file_of_a_model_that_was_deleted_meanwhile_stays_unseen(direct: ModelFiles) -> None:
    upload = direct.caller.post(UPLOAD, model_id=direct.model_id, path="late").body
    direct.caller.send("DELETE", f"logged-models/{direct.model_id}")
    requests.put(upload["presigned_url"], data=b"content", headers=upload["headers"])
    assert direct.names() == []


def test_viewer_reads_and_strangers_find_nothing(model_files: ModelFiles, viewer: Caller, stranger: Caller) -> None:
    model_files.put("a", b"content")
    route = f"{AJAX}/logged-models/{model_files.model_id}/artifacts/files?artifact_file_path=a"
    seen = model_files.seen_by(viewer)
    assert (seen.get("a").content, seen.raw("GET", route).content) == (b"content", b"content")
    assert {seen.put("b").status, seen.delete("a").status} == {403}
    unseen = model_files.seen_by(stranger)
    assert {unseen.get("a").status_code, unseen.raw("GET", route).status_code} == {404}
    assert {unseen.put("b").status, unseen.delete("a").status} == {404}
    assert unseen.ask(f"{PROXY}/artifacts", path=model_files.root).status == 404
    assert model_files.names() == ["a"]
