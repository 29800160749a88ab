"""Teams whose credentials open their own place alone, as the S3 server itself enforces it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.management import CommandError
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.artifacts.models import TeamStorage
from tests.api.artifacts.files import Files
from tests.api.artifacts.test_multipart import MIB, complete, create, send
from tests.api.mlflow.caller import Caller
from tests.servers import seaweedfs
from tests.servers.seaweedfs import S3Identity, S3Server
from tests.servers.session import Session
from tests.unit.artifacts.test_team_storage import give

# Two teams in one bucket, and each in a bucket of its own.
LAYOUTS = {
    "prefixes": {"acme": S3Identity("acme-prefix", "shared/acme"), "rival": S3Identity("rival-prefix", "shared/rival")},
    "buckets": {"acme": S3Identity("acme-bucket", "acme-own"), "rival": S3Identity("rival-bucket", "rival-own")},
}
LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a bucket, and whose credentials are used there."""

    bucket: str
    prefix: str
    endpoint_url: str
    access_key: str
    secret_key: str

    def client(self) -> Any:
        """S3 with these credentials."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )

    def give_to(self, team: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """As the operator does."""
        fields = ("bucket", "endpoint_url", "access_key", "secret_key")
        give(monkeypatch, team, {name: getattr(self, name) for name in fields}, self.prefix)

    def keys(self, admin: Any) -> list[str]:
        """What lies there, as the administrator sees it."""
        found = admin.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix).get("Contents", [])
        return [each["Key"] for each in found]


@pytest.fixture(scope="module")
def guarded(server_session: Session) -> S3Server:
    """An S3 server that knows each team by credentials for its own place."""
    home = server_session.directory / f"identities-{os.getpid()}"
    home.mkdir()
    known = [who for layout in LAYOUTS.values() for who in layout.values()]
    server = seaweedfs.start(server_session, home, identities=known)
    for bucket in sorted({who.place.partition("/")[0] for who in known}):
        admin_of(server).create_bucket(Bucket=bucket)
    return server


@pytest.fixture(params=list(LAYOUTS))
def places(request: pytest.FixtureRequest, guarded: S3Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, Place]:
    """Where each team's files go."""
    found = {team: _place(guarded, who) for team, who in LAYOUTS[request.param].items()}
    request.getfixturevalue("cast")
    for team, place in found.items():
        place.give_to(team, monkeypatch)
    return found


def _place(server: S3Server, who: S3Identity) -> Place:
    bucket, _, prefix = who.place.partition("/")
    return Place(bucket, prefix, server.endpoint_url, who.name, who.secret_key)


def admin_of(server: S3Server) -> Any:
    """S3 as its administrator."""
    return Place("", "", server.endpoint_url, server.access_key, server.secret_key).client()


@pytest.fixture
def victims(stranger: Caller) -> Files:
    """The files of a run of the other team."""
    return Files(stranger, "0", stranger.new_run())


def newest(place: Place, admin: Any, before: list[str]) -> str:
    (key,) = set(place.keys(admin)) - set(before)
    return key


def status_of(call: Callable[..., Any], **arguments: Any) -> int:
    """The status of the server's refusal, 200 where there was none."""
    try:
        call(**arguments)
    except ClientError as exc:
        return int(exc.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


def test_each_team_uses_its_place_with_credentials_for_it_alone(
    places: dict[str, Place],
    guarded: S3Server,
    files: Files,
    victims: Files,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    admin = admin_of(guarded)
    for team, own in (("acme", files), ("rival", victims)):
        before, content = places[team].keys(admin), os.urandom(LARGE)
        assert own.put("a/b.bin", content).status == 200
        key = newest(places[team], admin, before)
        assert own.get("a/b.bin").content == content
        assert own.get("a/b.bin", Range="bytes=10-19").content == content[10:20]
        assert admin.get_object(Bucket=places[team].bucket, Key=key)["Body"].read() == content
        with django_capture_on_commit_callbacks(execute=True):
            assert own.delete("a/b.bin").status == 200
        assert places[team].keys(admin) == before


def test_uploads_in_parts_are_ended_and_given_up_with_those_credentials(
    places: dict[str, Place],
    guarded: S3Server,
    files: Files,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    admin, place = admin_of(guarded), places["acme"]
    before, parts = place.keys(admin), [os.urandom(5 * MIB), os.urandom(100)]
    ended, given_up = create(files), create(files, "other.bin")
    etags = [send(files, ended["credentials"][number], part)[1] for number, part in enumerate(parts)]
    assert send(files, given_up["credentials"][0], parts[0])[0] == 200
    assert complete(files, ended["upload_id"], list(enumerate(etags, 1))).status == 200
    assert files.get("model/big file.bin").content == b"".join(parts)
    abort = {"path": "other.bin", "upload_id": given_up["upload_id"]}
    with django_capture_on_commit_callbacks(execute=True):
        assert files.caller.post(f"/api/2.0/mlflow-artifacts/mpu/abort/{files.root}/model", abort).status == 200
    newest(place, admin, before)
    assert admin.list_multipart_uploads(Bucket=place.bucket).get("Uploads", []) == []


def test_credentials_of_one_team_open_nothing_of_the_other(
    places: dict[str, Place], guarded: S3Server, files: Files, victims: Files
) -> None:
    admin, theirs, content = admin_of(guarded), places["rival"], os.urandom(LARGE)
    before = theirs.keys(admin)
    assert victims.put("secret.bin", content).status == 200
    key = newest(theirs, admin, before)
    assert files.put("own.bin", bytes(LARGE)).status == 200
    own = places["acme"]
    client, target = own.client(), {"Bucket": theirs.bucket, "Key": key}
    upload_id = admin.create_multipart_upload(**target)["UploadId"]
    part = {**target, "UploadId": upload_id, "PartNumber": 1}
    stolen = {"Bucket": own.bucket, "Key": f"{own.prefix}/stolen".lstrip("/")}
    refused: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "read": (client.get_object, target),
        "look": (client.head_object, target),
        "overwrite": (client.put_object, {**target, "Body": b"x"}),
        "delete": (client.delete_object, target),
        "copy away": (client.copy_object, {**stolen, "CopySource": target}),
        "copy over": (client.copy_object, {**target, "CopySource": {**stolen, "Key": own.keys(admin)[0]}}),
        "begin parts": (client.create_multipart_upload, target),
        "send a part": (client.upload_part, {**part, "Body": b"x"}),
        "see parts": (client.list_parts, {**target, "UploadId": upload_id}),
        "end parts": (client.abort_multipart_upload, {**target, "UploadId": upload_id}),
        "list": (client.list_objects_v2, {"Bucket": theirs.bucket, "Prefix": theirs.prefix}),
        "list all": (client.list_objects_v2, {"Bucket": theirs.bucket}),
        "list uploads": (client.list_multipart_uploads, {"Bucket": theirs.bucket}),
        "guess a key": (client.get_object, {**target, "Key": key[:-1] + ("0" if key[-1] != "0" else "1")}),
        "write a new key": (client.put_object, {**target, "Key": f"{key}x", "Body": b"x"}),
        "climb out": (client.get_object, {"Bucket": own.bucket, "Key": f"{own.prefix}/../{theirs.prefix}/../{key}"}),
    }
    statuses = {name: status_of(call, **arguments) for name, (call, arguments) in refused.items()}
    climbed = statuses.pop("climb out")
    assert set(statuses.values()) == {403}, statuses
    assert climbed in {400, 403, 404}
    assert victims.get("secret.bin").content == content
    assert admin.get_object(**target)["Body"].read() == content
    assert set(theirs.keys(admin)) == {*before, key}
    admin.abort_multipart_upload(**target, UploadId=upload_id)


def test_guessed_credentials_open_nothing(places: dict[str, Place], guarded: S3Server, files: Files) -> None:
    place, admin = places["acme"], admin_of(guarded)
    before = place.keys(admin)
    assert files.put("a.bin", bytes(LARGE)).status == 200
    target = {"Bucket": place.bucket, "Key": newest(place, admin, before)}
    assert status_of(place.client().get_object, **target) == 200
    for changed in (
        {"secret_key": "0" * 40},
        {"secret_key": places["rival"].secret_key},
        {"access_key": guarded.access_key},
        {"access_key": "guessed"},
    ):
        client = replace(place, **changed).client()
        assert status_of(client.get_object, **target) == 403, changed
        assert status_of(client.put_object, **target, Body=b"x") == 403, changed
    assert status_of(place.client().get_object, **{**target, "Key": f"{target['Key']}x"}) == 404


def test_a_team_is_not_given_a_place_that_its_credentials_do_not_open(
    places: dict[str, Place], guarded: S3Server, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, admin = places["rival"], admin_of(guarded)
    before = theirs.keys(admin)
    stored = list(TeamStorage.objects.order_by("pk").values("url", "is_current", "access_key"))
    own = places["acme"]
    keyless = replace(theirs, access_key=own.access_key, secret_key=own.secret_key)
    for place in (keyless, replace(own, secret_key="0" * 40)):
        with pytest.raises(CommandError, match="storage_refused"):
            place.give_to("acme", monkeypatch)
    assert list(TeamStorage.objects.order_by("pk").values("url", "is_current", "access_key")) == stored
    assert theirs.keys(admin) == before
    # The place that it has goes on.
    assert files.put("a.bin", bytes(LARGE)).status == 200
