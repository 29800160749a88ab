"""Bytes altered in the store: told of by the integrity check, and healed by whoever sends the same content again."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.artifacts.models import Blob
from apps.artifacts.stores import Home
from apps.audit.models import AuditEvent
from apps.jobs import worker
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from tests.api.artifacts.files import Files
from tests.api.mlflow.caller import Caller
from tests.api.native.http import call, data, get, post
from tests.factories.cast import Cast
from tests.factories.runs import make_run

pytestmark = pytest.mark.django_db(transaction=True)

INTEGRITY = "/projects/acme/vision/integrity"
RIGHT, WRONG = b"what was once sent", b"what was never sent"[: len(b"what was once sent")]
IN_ROWS, IN_THE_STORE = 16_384, 0


@pytest.fixture(params=[IN_ROWS, IN_THE_STORE], ids=["in rows", "in the store"])
def _kept(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.INLINE_ARTIFACT_BYTES = request.param


def put(cast: Cast, run: str, path: str) -> Any:
    return data(call(cast.member, "PUT", f"{run}/artifacts/{path}", RIGHT, content_type="application/octet-stream"))


def put_batch(cast: Cast, run: str, path: str) -> Any:
    content = base64.b64encode(RIGHT).decode()
    files = [{"path": name, "content": content} for name in (path, "of the same batch")]
    return data(post(cast.member, f"{run}/artifact-batch", {"files": files}))


def put_by_mlflow(cast: Cast, run: str, path: str) -> None:
    assert Files(Caller(cast.member.headers), "0", run.removeprefix("/runs/")).put(path, RIGHT).status == 200


def content(cast: Cast, run: str, path: str) -> bytes:
    answer = get(cast.viewer, f"{run}/artifacts/{path}")
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def alter_all(access: Access) -> None:
    """Every stored byte of the project, as a failing disk does it."""
    root: Path = django_settings.ARTIFACT_STORE["OPTIONS"]["root"]
    with bound(access):
        blobs = Blob.objects.in_project(access)
        blobs.filter(content__isnull=False).update(content=WRONG)
        in_store = [root / Home.of(access).blob_key(blob.pk) for blob in blobs.filter(content=None)]
    for path in in_store:
        path.chmod(0o600)
        path.write_bytes(WRONG)


def check(access: Access) -> None:
    with bound_to_projects([access.project.id]):
        enqueue(access.project.id, "integrity_check")
    while worker.run_next():
        pass


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize("again", [put, put_batch, put_by_mlflow])
def test_content_that_is_sent_again_heals_old_paths_too(cast: Cast, again: Any) -> None:
    access = cast.member.access()
    first, second, third = (f"/runs/{make_run(access, name=name).pk.hex}" for name in ("a", "b", "c"))
    put(cast, first, "model.bin")
    put(cast, second, "copies/model.bin")
    before = data(get(cast.viewer, "/projects/acme/vision/storage"))["project"]
    alter_all(access)
    assert content(cast, first, "model.bin") == WRONG
    check(access)
    [finding] = data(get(cast.viewer, INTEGRITY))["findings"]
    assert (finding["damage"], finding["file_count"]) == ("altered", 2)
    again(cast, third, "model.bin")
    paths = [(first, "model.bin"), (second, "copies/model.bin"), (third, "model.bin")]
    assert [content(cast, *path) for path in paths] == [RIGHT] * 3
    state = data(get(cast.viewer, INTEGRITY))
    assert (state["blob_count"], state["findings"]) == (1, [])
    after = data(get(cast.viewer, "/projects/acme/vision/storage"))["project"]
    assert after["stored_bytes"] == before["stored_bytes"] == len(RIGHT)
    assert after["file_bytes"] == after["file_count"] * len(RIGHT)
    assert AuditEvent.objects.get(action="integrity.healed").after == {"file_count": 2}
    check(access)
    assert data(get(cast.viewer, INTEGRITY))["findings"] == []
