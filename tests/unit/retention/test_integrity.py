"""Bytes that went missing or were altered behind our back are found, told of, and forgotten when they are whole again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.core.management import call_command

from apps.artifacts.models import Artifact
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import delete_artifacts
from apps.artifacts.stores import Home
from apps.audit.models import AuditEvent
from apps.projects.tenancy import bound
from apps.retention.queries.integrity import integrity
from apps.retention.services.integrity import check_blobs
from apps.teams.access import Access
from tests.factories.artifacts import make_artifact
from tests.factories.runs import make_run
from tests.unit.artifacts.consistency import check_consistency
from tests.unit.retention.work import put_system_job, run_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_the_store(settings: LazySettings) -> None:
    """Small files too, as those in rows cannot be altered behind anybody's back."""
    settings.INLINE_ARTIFACT_BYTES = 0


def on_disk(access: Access, artifact: Artifact) -> Path:
    root: Path = django_settings.ARTIFACT_STORE["OPTIONS"]["root"]
    return root / Home.of(access).blob_key(artifact.blob_id)


def replace_bytes(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def test_whole_bytes_are_found_whole(access: Access) -> None:
    run = make_run(access)
    for number in range(3):
        make_artifact(access, run.pk, f"{number}.txt", b"x" * (number + 1))
    run_job(access, put_system_job(access, "integrity_check"))
    state = integrity(access)
    assert (state.blob_count, state.checked_count, state.checked_bytes, state.finding_count) == (3, 3, 6, 0)
    assert state.round_ended_at is not None
    assert state.checked_in_round == 0


def test_missing_and_altered_bytes_are_told_of_with_their_files(access: Access) -> None:
    run, other = make_run(access), make_run(access, name="second")
    missing, altered = (make_artifact(access, run.pk, name, name.encode()) for name in ("a.bin", "b.bin"))
    make_artifact(access, other.pk, "again/b.bin", b"b.bin")
    on_disk(access, missing).unlink()
    replace_bytes(on_disk(access, altered), b"B.bin")
    job = run_job(access, put_system_job(access, "integrity_check"))
    assert job.note == "2 contents read again, 2 missing or altered"
    found = {finding.damage: finding for finding in integrity(access).findings}
    assert [(file.run_id, file.path) for file in found["missing"].files] == [(run.pk, "a.bin")]
    assert {(file.run_id, file.path) for file in found["altered"].files} == {
        (run.pk, "b.bin"),
        (other.pk, "again/b.bin"),
    }
    assert found["missing"].found_bytes is None
    assert found["altered"].found_bytes == 5
    assert AuditEvent.objects.filter(action="integrity.damaged", actor_kind="system").count() == 2
    run_job(access, put_system_job(access, "integrity_check"))
    assert integrity(access).finding_count == 2
    assert AuditEvent.objects.filter(action="integrity.damaged").count() == 2


def test_bytes_that_came_back_are_no_finding_any_more(access: Access) -> None:
    file = make_artifact(access, make_run(access).pk, "a.bin", b"right")
    replace_bytes(on_disk(access, file), b"wrong")
    list(check_blobs(access, max_bytes=None))
    assert integrity(access).finding_count == 1
    on_disk(access, file).write_bytes(b"right")
    list(check_blobs(access, max_bytes=None))
    assert integrity(access).finding_count == 0
    assert AuditEvent.objects.filter(action="integrity.whole").count() == 1


@pytest.fixture(params=["kept in rows", "kept in the store"])
def resent_as(request: pytest.FixtureRequest, settings: LazySettings) -> Callable[[], None]:
    """From its call on, files are kept as said: what was damaged lay in the store."""

    def change() -> None:
        settings.INLINE_ARTIFACT_BYTES = 16_384 if request.param == "kept in rows" else 0

    return change


def test_damaged_bytes_are_shared_with_no_new_file_which_heals_the_others(
    access: Access, resent_as: Callable[[], None]
) -> None:
    run = make_run(access)
    old, same = (make_artifact(access, run.pk, name, b"right") for name in ("old.bin", "same.bin"))
    damaged = on_disk(access, old)
    replace_bytes(damaged, b"wrong")
    list(check_blobs(access, max_bytes=None))
    resent_as()
    new = make_artifact(access, run.pk, "new.bin", b"right")
    assert new.blob_id != old.blob_id
    check_consistency(access)
    list(check_blobs(access, max_bytes=None))
    assert integrity(access).finding_count == 0
    with bound(access, readonly=True):
        files = Artifact.objects.in_project(access).filter(pk__in=[old.pk, same.pk, new.pk])
        assert list(files.values_list("blob_id", flat=True)) == [new.blob_id] * 3
    assert not damaged.exists()
    check_consistency(access)
    healed = AuditEvent.objects.get(action="integrity.healed")
    assert healed.after == {"file_count": 2}
    list(check_blobs(access, max_bytes=None))
    assert integrity(access).blob_count == 1


def test_damaged_bytes_that_came_back_beside_new_ones_are_stored_once(access: Access) -> None:
    run = make_run(access)
    old = make_artifact(access, run.pk, "old.bin", b"right")
    replace_bytes(on_disk(access, old), b"wrong")
    list(check_blobs(access, max_bytes=None))
    make_artifact(access, run.pk, "new.bin", b"right")
    on_disk(access, old).write_bytes(b"right")
    list(check_blobs(access, max_bytes=None))
    assert (integrity(access).finding_count, integrity(access).blob_count) == (0, 1)
    check_consistency(access)


def test_a_damaged_file_that_is_sent_again_or_deleted_leaves_nothing(access: Access) -> None:
    run = make_run(access)
    for name in ("again.bin", "gone.bin"):
        replace_bytes(on_disk(access, make_artifact(access, run.pk, name, name.encode())), b"wrong")
    list(check_blobs(access, max_bytes=None))
    make_artifact(access, run.pk, "again.bin", b"again.bin")
    delete_artifacts(access, owner=OwnerRef(run.pk), path="gone.bin")
    assert (integrity(access).finding_count, integrity(access).blob_count) == (0, 1)
    check_consistency(access)


def test_a_finding_goes_with_its_file(access: Access) -> None:
    run = make_run(access)
    on_disk(access, make_artifact(access, run.pk, "a.bin")).unlink()
    list(check_blobs(access, max_bytes=None))
    delete_artifacts(access, owner=OwnerRef(run.pk), path="a.bin")
    assert integrity(access).finding_count == 0


def test_a_check_reads_no_more_than_its_budget_and_goes_round(access: Access, settings: object) -> None:
    settings.INTEGRITY_CHECK_BYTES = 4  # type: ignore[attr-defined]
    run = make_run(access)
    for number in range(4):
        make_artifact(access, run.pk, f"{number}.txt", b"%03d" % number)
    counts = []
    for _ in range(4):
        run_job(access, put_system_job(access, "integrity_check"))
        state = integrity(access)
        counts.append((state.checked_count, state.checked_in_round))
    assert counts == [(2, 2), (4, 4), (4, 0), (6, 2)]


def test_the_operators_command_checks_everything(access: Access, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(access)
    on_disk(access, make_artifact(access, run.pk, "a.bin")).unlink()
    make_artifact(access, run.pk, "b.bin", b"whole")
    call_command("check_integrity", team="acme", project="vision", all=True)
    report = orjson.loads(capsys.readouterr().out)
    assert (report["checked_count"], report["blob_count"], report["finding_count"]) == (2, 2, 1)
    assert report["findings"][0]["files"] == [f"{run.pk.hex}/a.bin"]
