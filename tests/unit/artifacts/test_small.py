"""Files that are kept in rows: where the border is, what shares a transaction, what is refused in it."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from pytest_django import Settings

from apps.artifacts.media_types import HEAD_BYTES
from apps.artifacts.models import Artifact, Blob, BlobState
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import Usage, artifact_chunks, find_artifact, project_usage, run_usage
from apps.artifacts.services import delete_artifacts
from apps.artifacts.services.arrivals import Arrival, Content
from apps.artifacts.services.commit import commit_all
from apps.common.errors import Conflict, DomainError, NotFound, PayloadTooLarge
from apps.common.ids import uuid7
from apps.projects.tenancy import bound
from apps.runs.services import create_run
from apps.teams.access import Access
from tests.factories.artifacts import make_artifact
from tests.factories.cast import make_cast
from tests.servers.plugin import database_kind
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def access(transactional_db: None) -> Access:
    return make_cast().member.access()


@pytest.fixture
def run_id(access: Access) -> uuid.UUID:
    run, _ = create_run(access, experiment_number=0, start_time_ms=1)
    return run.pk


def content(access: Access, run_id: uuid.UUID, path: str) -> bytes:
    chunks = artifact_chunks(access, find_artifact(access, OwnerRef(run_id), path))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def arrival(run_id: uuid.UUID, path: str, inline: bytes) -> Arrival:
    content = Content(hashlib.sha256(inline).hexdigest(), len(inline), inline[:HEAD_BYTES])
    return Arrival(OwnerRef(run_id), path, uuid7(), content, None, inline=inline)


def test_what_is_as_large_as_the_setting_says_is_kept_in_its_row(
    access: Access, run_id: uuid.UUID, settings: Settings
) -> None:
    settings.INLINE_ARTIFACT_BYTES = 100
    for size, is_inline in ((0, True), (100, True), (101, False)):
        file = make_artifact(access, run_id, f"{size}", b"x" * size)
        found = find_artifact(access, OwnerRef(run_id), f"{size}")
        assert (found.pk, found.blob.content is not None) == (file.pk, is_inline)
        assert content(access, run_id, f"{size}") == b"x" * size
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_the_same_bytes_are_kept_once_whatever_the_setting_was(
    access: Access, run_id: uuid.UUID, settings: Settings
) -> None:
    for name, limit in (("a", 0), ("b", 100), ("c", 0)):
        settings.INLINE_ARTIFACT_BYTES = limit
        make_artifact(access, run_id, name)
    assert project_usage(access) == Usage(3, 21, 7)
    check_nothing_is_left_over(access)
    delete_artifacts(access, owner=OwnerRef(run_id), path="")
    settings.INLINE_ARTIFACT_BYTES = 100
    make_artifact(access, run_id, "a")
    settings.INLINE_ARTIFACT_BYTES = 0
    make_artifact(access, run_id, "b")
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_every_part_of_it(access: Access, run_id: uuid.UUID) -> None:
    make_artifact(access, run_id, "a", b"0123456789")
    file = find_artifact(access, OwnerRef(run_id), "a")
    parts = [(0, None), (3, None), (3, 4), (0, 0), (9, 5), (10, None)]
    found = [b"".join(artifact_chunks(access, file, start=start, length=length)) for start, length in parts]
    assert found == [b"0123456789", b"3456789", b"3456", b"", b"9", b""]


def test_a_row_cannot_lie_about_its_content(access: Access) -> None:
    for state, size in ((BlobState.WRITING, 3), (BlobState.STORED, 4)):
        with pytest.raises(IntegrityError), bound(access):
            Blob(project_id=access.project.id, state=state, sha256="a", size_bytes=size, content=b"abc").save()


def test_files_that_share_a_transaction(access: Access, run_id: uuid.UUID) -> None:
    make_artifact(access, run_id, "old", b"before")
    arriving = [
        arrival(run_id, "new", b"1"),
        arrival(run_id, "same", b"1"),
        arrival(run_id, "old", b"after"),
        arrival(run_id, "keeps", b"before"),
        arrival(run_id, "d/e/f", b"deep"),
        arrival(run_id, "d/e", b"in the way of a folder"),
        arrival(run_id, "new/g", b"in a file"),
        arrival(run_id, "d/e/f", b"deeper"),
        arrival(uuid.uuid4(), "a", b"of no run"),
    ]
    outcomes = commit_all(access, arriving)
    refusals = {place: type(outcome) for place, outcome in enumerate(outcomes) if isinstance(outcome, DomainError)}
    assert refusals == {5: Conflict, 6: Conflict, 8: NotFound}
    paths = ("new", "same", "old", "keeps", "d/e/f")
    assert [content(access, run_id, path) for path in paths] == [b"1", b"1", b"after", b"before", b"deeper"]
    assert run_usage(access, run_id) == Usage(5, 1 + 1 + 5 + 6 + 6)
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_what_there_is_no_room_for_is_refused_alone(access: Access, run_id: uuid.UUID, settings: Settings) -> None:
    settings.PROJECT_STORAGE_LIMIT_BYTES = 10
    arriving = [arrival(run_id, name, content) for name, content in (("a", b"12345"), ("b", b"123456"), ("c", b"1234"))]
    outcomes = commit_all(access, arriving)
    assert [type(outcome) for outcome in outcomes] == [Artifact, PayloadTooLarge, Artifact]
    assert "5 are used, and this needs 6 more" in str(outcomes[1])
    check_consistency(access)


@pytest.mark.skipif(database_kind() != "postgres", reason="SQLite in memory is one connection's")
def test_many_at_once_are_all_there(access: Access, run_id: uuid.UUID) -> None:
    threads, each = 8, 12
    start = Barrier(threads)

    def work(number: int) -> None:
        try:
            start.wait()
            for step in range(each):
                make_artifact(access, run_id, f"{number % 3}/{number}-{step}", f"{step % 5}".encode())
                make_artifact(access, run_id, "everybody's", f"{number} {step}".encode())
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work, number) for number in range(threads)]:
            future.result()
    assert run_usage(access, run_id).file_count == threads * each + 1
    check_consistency(access)
    check_nothing_is_left_over(access)
