"""Places of teams' own: where bytes go, where they stay, who may say so, what is kept of the credentials."""

from __future__ import annotations

import io
import uuid
from typing import Any

import boto3
import orjson
import pytest
from botocore.exceptions import ClientError
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.artifacts.models import Blob, TeamStorage
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import artifact_chunks, find_artifact
from apps.artifacts.services import begin_upload, complete_upload, delete_artifacts, open_upload, put_part
from apps.artifacts.services.team_storage import Place, set_team_storage
from apps.artifacts.stores import Home
from apps.artifacts.stores.s3 import S3Store
from apps.audit.models import AuditEvent
from apps.common.encryption import Undecryptable, decrypt, encrypt
from apps.common.errors import PermissionDenied, StorageUnavailable
from apps.projects.tenancy import bound
from apps.teams.access import Access
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast
from tests.factories.runs import make_run
from tests.servers.buckets import new_bucket
from tests.servers.seaweedfs import S3Server

SECRET = "RUNFOLD_TEAM_S3_SECRET_KEY"


@pytest.fixture
def bucket(s3_server: S3Server) -> dict[str, Any]:
    return new_bucket(s3_server)


def command(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("set_team_storage", *words, stdout=out)
    printed: dict[str, Any] = orjson.loads(out.getvalue())
    return printed


def give(monkeypatch: pytest.MonkeyPatch, team: str, bucket: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    monkeypatch.setenv(SECRET, bucket["secret_key"])
    words = ["--endpoint-url", bucket["endpoint_url"], "--access-key", bucket["access_key"]]
    return command(team, f"s3://{bucket['bucket']}/{prefix}", *words)


def keys(bucket: dict[str, Any]) -> list[str]:
    client = boto3.client(
        "s3",
        endpoint_url=bucket["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id=bucket["access_key"],
        aws_secret_access_key=bucket["secret_key"],
    )
    return [found["Key"] for found in client.list_objects_v2(Bucket=bucket["bucket"]).get("Contents", [])]


def content(access: Access, run_id: uuid.UUID, path: str) -> bytes:
    chunks = artifact_chunks(access, find_artifact(access, OwnerRef(run_id), path))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def key_of(access: Access, run_id: uuid.UUID, path: str) -> str:
    return Home.of(access).blob_key(find_artifact(access, OwnerRef(run_id), path).blob_id)


def on_disk(settings: Settings, access: Access) -> list[str]:
    root = settings.ARTIFACT_STORE["OPTIONS"]["root"]
    return [str(path.relative_to(root)) for path in (root / Home.of(access).prefix).rglob("*") if path.is_file()]


def test_two_teams_in_two_buckets(
    cast: Cast, s3_server: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each team's bytes lie in its own bucket, under its own prefix, and nowhere else."""
    places = {"acme": new_bucket(s3_server), "rival": new_bucket(s3_server)}
    for team, bucket in places.items():
        give(monkeypatch, team, bucket, "some/prefix")
    for team, person in (("acme", cast.member), ("rival", cast.stranger)):
        access = person.access()
        run = make_run(access)
        make_artifact(access, run.pk, "a/b.bin", b"large enough " * 100_000)
        assert keys(places[team]) == [f"some/prefix/{key_of(access, run.pk, 'a/b.bin')}"]
        assert str(access.team.uuid) in keys(places[team])[0]
        assert on_disk(settings, access) == []
        assert content(access, run.pk, "a/b.bin") == b"large enough " * 100_000


def test_what_is_stored_stays_where_it_is(
    cast: Cast,
    bucket: dict[str, Any],
    s3_server: S3Server,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    other = new_bucket(s3_server)
    texts = {name: f"{name} ".encode() * 100_000 for name in ("default", "first", "second", "again")}
    make_artifact(access, run.pk, "default", texts["default"])
    give(monkeypatch, "acme", bucket)
    make_artifact(access, run.pk, "first", texts["first"])
    give(monkeypatch, "acme", other)
    make_artifact(access, run.pk, "second", texts["second"])
    assert command("acme", "--default") == {"team": "acme", "url": None}
    make_artifact(access, run.pk, "again", texts["again"])
    assert {name: content(access, run.pk, name) for name in texts} == texts
    assert keys(bucket) == [key_of(access, run.pk, "first")]
    assert keys(other) == [key_of(access, run.pk, "second")]
    assert sorted(on_disk(settings, access)) == sorted(key_of(access, run.pk, name) for name in ("default", "again"))
    with django_capture_on_commit_callbacks(execute=True):
        delete_artifacts(access, owner=OwnerRef(run.pk), path="")
    assert keys(bucket) == keys(other) == on_disk(settings, access) == []
    with bound(access):
        assert not Blob.objects.in_project(access).exists()


def test_an_upload_ends_where_it_began(cast: Cast, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    give(monkeypatch, "acme", bucket)
    upload = begin_upload(access, owner=OwnerRef(run.pk), path="big")
    command("acme", "--default")
    put_part(access, upload_id=upload.pk, number=1, chunks=[b"content"], length=7)
    assert open_upload(access, upload_id=upload.pk, owner=OwnerRef(run.pk)).blob.storage is not None
    complete_upload(access, upload_id=upload.pk, renew=cast.member.access)
    assert content(access, run.pk, "big") == b"content"
    assert keys(bucket) == [key_of(access, run.pk, "big")]


def test_the_secret_is_encrypted_and_told_to_nobody(
    cast: Cast, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = give(monkeypatch, "acme", bucket)
    row = TeamStorage.objects.get()
    assert decrypt(row.secret_key, purpose="team-storage") == bucket["secret_key"]
    events = list(AuditEvent.objects.filter(action="team-storage.set").values())
    assert len(events) == 1
    for told in (str(printed), str(vars(row)), str(events)):
        assert bucket["secret_key"] not in told
    give(monkeypatch, "acme", bucket)
    assert TeamStorage.objects.get().secret_key != row.secret_key


def test_a_place_that_does_not_work_is_refused(
    cast: Cast, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for changed in ({"secret_key": "wrong"}, {"endpoint_url": "http://127.0.0.1:9"}):
        with pytest.raises(CommandError, match="storage_refused"):
            give(monkeypatch, "acme", bucket | changed)
    monkeypatch.setenv(SECRET, "")
    for url in ("gs://bucket", "bucket", "file:relative"):
        with pytest.raises(CommandError, match="invalid_storage"):
            command("acme", url)
    with pytest.raises(CommandError, match="half_a_key"):
        command("acme", "s3://bucket", "--access-key", "AK")
    assert not TeamStorage.objects.exists()
    assert keys(bucket) == []


def test_nobody_but_the_operator_says_where_bytes_go(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        set_team_storage(cast.owner.team_access(), place=Place("file:///tmp/anywhere"))


def test_credentials_of_one_team_open_no_bucket_of_another(cast: Cast, s3_server: S3Server) -> None:
    """What the server does with one team's place cannot reach another's: key, bucket and credentials are that team's."""
    own, others = new_bucket(s3_server), new_bucket(s3_server)
    victims = f"teams/{cast.team.uuid}/projects/{cast.project.uuid}/blobs/ab/{uuid.uuid4()}"
    S3Store(**others).put(victims, [b"victims-bytes"], length=13)
    assert S3Store(**own).head(victims) is None
    with pytest.raises(StorageUnavailable) as refused:
        S3Store(**{**others, "secret_key": "guessed"}).get(victims)
    assert isinstance(refused.value.__cause__, ClientError)


def test_rotation_of_the_secret_key(settings: Settings) -> None:
    old = encrypt("secret", purpose="x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert decrypt(old, purpose="x") == "secret"
    new = encrypt("secret", purpose="x")
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(new, purpose="x") == "secret"
    for text, purpose in ((old, "x"), (new, "y"), ("nonsense", "x")):
        with pytest.raises(Undecryptable):
            decrypt(text, purpose=purpose)
