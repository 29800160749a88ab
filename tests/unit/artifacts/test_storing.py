"""Files that come, replace each other and go: what is kept, what is counted, what is removed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from apps.artifacts.models import Blob
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import (
    Usage,
    artifact_chunks,
    experiment_usage,
    find_artifact,
    project_usage,
    run_usage,
    team_usage,
)
from apps.artifacts.services import delete_artifacts, projects_to_sweep, store_artifact, sweep_project
from apps.artifacts.services.blobs import reserve
from apps.artifacts.stores import Home, artifact_store
from apps.common.clock import now
from apps.common.errors import InvalidInput, NotFound, PayloadTooLarge, PermissionDenied, StorageUnavailable
from apps.projects.tenancy import bound
from apps.runs.services import create_run
from apps.teams.access import Access
from apps.teams.permissions import TeamRole
from apps.teams.services import operator_access, set_member_role
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast, make_cast, make_project
from tests.factories.runs import START_MS, make_experiment
from tests.servers.plugin import database_kind
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over

pytestmark = pytest.mark.django_db(transaction=True)


# Everything is so wherever bytes are kept; what is about those in the store says `in_store`.
@pytest.fixture(autouse=True, params=["in_store", "inline"])
def place(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.INLINE_ARTIFACT_BYTES = 16_384 if request.param == "inline" else 0
    return str(request.param)


in_store = pytest.mark.parametrize("place", ["in_store"], indirect=True)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def access(cast: Cast) -> Access:
    return cast.member.access()


@pytest.fixture
def run_id(access: Access) -> uuid.UUID:
    return new_run(access)


def new_run(access: Access, experiment_number: int = 0) -> uuid.UUID:
    run, _ = create_run(access, experiment_number=experiment_number, start_time_ms=START_MS)
    return run.pk


def content(access: Access, run_id: uuid.UUID, path: str) -> bytes:
    chunks = artifact_chunks(access, find_artifact(access, OwnerRef(run_id), path))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def test_the_same_bytes_are_kept_once(access: Access, run_id: uuid.UUID) -> None:
    other = new_run(access)
    files = [
        make_artifact(access, run_id, "a"),
        make_artifact(access, run_id, "b/c"),
        make_artifact(access, other, "a"),
    ]
    assert len({file.blob_id for file in files}) == 1
    assert find_artifact(access, OwnerRef(run_id), "a").blob.sha256 == hashlib.sha256(b"content").hexdigest()
    assert project_usage(access) == team_usage(access) == Usage(3, 21, 7)
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_the_same_bytes_in_another_project_are_other_bytes(cast: Cast, access: Access, run_id: uuid.UUID) -> None:
    elsewhere = cast.member.access(make_project(cast.team, "elsewhere"))
    access = cast.member.access()
    mine = make_artifact(access, run_id)
    theirs = make_artifact(elsewhere, new_run(elsewhere))
    assert mine.blob_id != theirs.blob_id
    assert (project_usage(access), team_usage(access)) == (Usage(1, 7, 7), Usage(2, 14, 14))


def test_bytes_go_with_the_last_file_that_has_them(access: Access, run_id: uuid.UUID) -> None:
    for path in ("a", "b"):
        make_artifact(access, run_id, path)
    assert delete_artifacts(access, owner=OwnerRef(run_id), path="a") == 1
    assert content(access, run_id, "b") == b"content"
    delete_artifacts(access, owner=OwnerRef(run_id), path="b")
    assert project_usage(access) == Usage(0, 0, 0)
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_replaced_bytes_go(access: Access, run_id: uuid.UUID) -> None:
    make_artifact(access, run_id, "a/b", b"first, and longer")
    make_artifact(access, run_id, "a/b", b"second")
    make_artifact(access, run_id, "a/b", b"second")
    assert (content(access, run_id, "a/b"), run_usage(access, run_id)) == (b"second", Usage(1, 6))
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_totals_of_runs_and_experiments(access: Access) -> None:
    experiment = make_experiment(access)
    runs = [new_run(access, experiment.number) for _ in range(2)]
    make_artifact(access, runs[0], "a/b/c", b"123")
    make_artifact(access, runs[0], "a/d", b"4567")
    make_artifact(access, runs[1], "e", b"89")
    assert [run_usage(access, run) for run in runs] == [Usage(2, 7), Usage(1, 2)]
    assert experiment_usage(access, experiment.number) == Usage(3, 9)
    assert experiment_usage(access, 0) == Usage(0, 0)
    delete_artifacts(access, owner=OwnerRef(runs[0]), path="a/b")
    assert experiment_usage(access, experiment.number) == Usage(2, 6)
    check_consistency(access)


@in_store
@pytest.mark.parametrize("whose", ["PROJECT", "TEAM"])
def test_over_the_limit_is_refused_before_a_byte_is_read(
    access: Access, run_id: uuid.UUID, settings: Settings, whose: str
) -> None:
    setattr(settings, f"{whose}_STORAGE_LIMIT_BYTES", 10)
    make_artifact(access, run_id, "a", b"12345678")

    unread = iter([b"123"])
    with pytest.raises(
        PayloadTooLarge, match=f"The {whose.lower()} may keep 10 bytes of artifacts: 8 are used.*3 more"
    ):
        store_artifact(access, owner=OwnerRef(run_id), path="b", chunks=unread, length=3, renew=lambda: access)
    assert next(unread) == b"123"
    make_artifact(access, run_id, "b", b"12")
    delete_artifacts(access, owner=OwnerRef(run_id), path="a")
    make_artifact(access, run_id, "c", b"87654321")
    check_consistency(access)


@in_store
def test_uploads_that_are_going_on_count(access: Access, run_id: uuid.UUID, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10

    def meanwhile() -> Iterator[bytes]:
        yield b"1234"
        with pytest.raises(PayloadTooLarge):
            make_artifact(access, run_id, "other", b"123")
        yield b"5678"

    store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=meanwhile(), length=8, renew=lambda: access)
    check_consistency(access)


@pytest.mark.parametrize("length", [3, 5])
def test_other_than_promised_leaves_nothing(access: Access, run_id: uuid.UUID, length: int) -> None:
    with pytest.raises(InvalidInput, match="ended after"):
        store_artifact(
            access, owner=OwnerRef(run_id), path="a", chunks=[b"12", b"34"], length=length, renew=lambda: access
        )
    assert project_usage(access) == Usage(0, 0, 0)
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_nobody_sees_a_file_before_it_is_whole(access: Access, run_id: uuid.UUID) -> None:
    make_artifact(access, run_id, "a", b"before")

    def meanwhile() -> Iterator[bytes]:
        yield b"aft"
        assert content(access, run_id, "a") == b"before"
        yield b"er"

    store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=meanwhile(), length=5, renew=lambda: access)
    assert content(access, run_id, "a") == b"after"


def test_two_writers_of_one_path_the_last_to_end_wins(access: Access, run_id: uuid.UUID) -> None:
    def overtaken() -> Iterator[bytes]:
        yield b"slow "
        make_artifact(access, run_id, "a", b"fast")
        yield b"writer"

    store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=overtaken(), length=11, renew=lambda: access)
    assert content(access, run_id, "a") == b"slow writer"
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_rights_lost_during_an_upload_are_lost(cast: Cast, access: Access, run_id: uuid.UUID) -> None:
    def demoted() -> Iterator[bytes]:
        yield b"12"
        set_member_role(operator_access(cast.team), user_id=cast.member.user.pk, role=TeamRole.VIEWER)
        yield b"34"

    with pytest.raises(PermissionDenied):
        store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=demoted(), length=4, renew=cast.member.access)
    access = cast.member.access()
    assert project_usage(access) == Usage(0, 0, 0)
    check_nothing_is_left_over(access)


def test_rights_of_others_may_change_during_an_upload(cast: Cast, access: Access, run_id: uuid.UUID) -> None:
    def changed() -> Iterator[bytes]:
        yield b"12"
        set_member_role(operator_access(cast.team), user_id=cast.viewer.user.pk, role=TeamRole.MEMBER)
        yield b"34"

    store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=changed(), length=4, renew=cast.member.access)
    assert content(cast.member.access(), run_id, "a") == b"1234"


ABSENT_STORE = {
    "BACKEND": "apps.artifacts.stores.s3.S3Store",
    "OPTIONS": {"bucket": "b", "endpoint_url": "http://127.0.0.1:9", "access_key": "a", "secret_key": "s"},
}


@in_store
def test_a_store_that_fails_leaves_nothing_visible_and_gives_room_back(
    access: Access, run_id: uuid.UUID, settings: Settings
) -> None:
    working = settings.ARTIFACT_STORE
    settings.ARTIFACT_STORE = ABSENT_STORE
    with pytest.raises(StorageUnavailable):
        make_artifact(access, run_id)
    assert project_usage(access) == Usage(0, 0, 0)
    settings.ARTIFACT_STORE = working
    assert projects_to_sweep() == [access.project.id]
    assert sweep_project(access.project.id) == 1
    check_nothing_is_left_over(access)


@in_store
def test_what_is_deleted_is_gone_although_the_store_fails(
    access: Access, run_id: uuid.UUID, settings: Settings
) -> None:
    make_artifact(access, run_id)
    working = settings.ARTIFACT_STORE
    settings.ARTIFACT_STORE = ABSENT_STORE
    assert delete_artifacts(access, owner=OwnerRef(run_id), path="") == 1
    assert project_usage(access) == Usage(0, 0, 0)
    settings.ARTIFACT_STORE = working
    assert sweep_project(access.project.id) == 1
    check_nothing_is_left_over(access)


@in_store
def test_what_a_killed_process_left_is_swept(access: Access, run_id: uuid.UUID) -> None:
    make_artifact(access, run_id, "kept")
    with bound(access):
        blob = reserve(access, OwnerRef(run_id), 100)
    artifact_store().put(Home.of(access).blob_key(blob.pk), [b"all of it"], length=9)
    assert projects_to_sweep() == []
    with time_machine.travel(now() + timedelta(hours=25)):
        assert projects_to_sweep() == [access.project.id]
        assert sweep_project(access.project.id) == 1
    assert (project_usage(access), content(access, run_id, "kept")) == (Usage(1, 7, 7), b"content")
    check_consistency(access)
    check_nothing_is_left_over(access)


@in_store
def test_an_upload_that_was_swept_fails_when_it_ends(access: Access, run_id: uuid.UUID) -> None:
    def swept() -> Iterator[bytes]:
        yield b"12"
        with time_machine.travel(now() + timedelta(hours=25)):
            sweep_project(access.project.id)
        yield b"34"

    with pytest.raises(NotFound):
        store_artifact(access, owner=OwnerRef(run_id), path="a", chunks=swept(), length=4, renew=lambda: access)
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_absent_run(access: Access) -> None:
    with pytest.raises(NotFound):
        make_artifact(access, uuid.uuid4())
    with pytest.raises(NotFound):
        delete_artifacts(access, owner=OwnerRef(uuid.uuid4()), path="")
    assert project_usage(access) == Usage(0, 0, 0)


@pytest.mark.skipif(database_kind() != "postgres", reason="SQLite in memory is one connection's")
def test_many_writers_and_deleters_at_once(access: Access) -> None:
    runs = [new_run(access) for _ in range(2)]

    def work(seed: int) -> None:
        try:
            for step in range(8):
                run_id = runs[(seed + step) % 2]
                path = ("a", "b/c", "b/d/e")[(seed * 3 + step) % 3]
                if (seed + step) % 4 == 3:
                    with suppress(NotFound):
                        delete_artifacts(access, owner=OwnerRef(run_id), path=path.split("/")[0])
                else:
                    make_artifact(access, run_id, path, b"x" * ((seed + step) % 5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, seed) for seed in range(4)]:
            future.result()
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_access_of_a_viewer_writes_nothing(cast: Cast, run_id: uuid.UUID) -> None:
    viewer = cast.viewer.access()
    with pytest.raises(PermissionDenied):
        make_artifact(viewer, run_id)
    with pytest.raises(PermissionDenied):
        delete_artifacts(viewer, owner=OwnerRef(run_id), path="")
    forged = replace(viewer, project=replace(viewer.project, id=viewer.project.id + 1))
    with pytest.raises(NotFound):
        find_artifact(forged, OwnerRef(run_id), "a")
    with bound(cast.owner.access()):
        assert not Blob.objects.in_project(cast.owner.access()).exists()
