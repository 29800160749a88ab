"""Bytes that went missing or were altered behind our back are found, told of, and forgotten when they are whole again."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.core.management import call_command

from apps.artifacts.models import Artifact, Blob
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import delete_artifacts
from apps.artifacts.services.batch import SmallFile, store_artifacts
from apps.artifacts.stores import Home
from apps.audit.models import AuditEvent
from apps.projects.tenancy import bound
from apps.retention.models import IntegrityFinding
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


KEPT_IN = {"in a row": 16_384, "in the store": 0}


def alter(access: Access, artifact: Artifact, content: bytes) -> None:
    """Change bytes behind everybody's back, wherever they are kept."""
    with bound(access):
        blobs = Blob.objects.in_project(access).filter(pk=artifact.blob_id)
        is_inline = bool(blobs.filter(content__isnull=False).update(content=content))
    if not is_inline:
        replace_bytes(on_disk(access, artifact), content)


def blobs_of(access: Access, *files: Artifact) -> list[object]:
    with bound(access, readonly=True):
        rows = Artifact.objects.in_project(access).filter(pk__in=[file.pk for file in files])
        return list(rows.values_list("blob_id", flat=True))


@pytest.mark.parametrize("before", KEPT_IN)
@pytest.mark.parametrize("after", KEPT_IN)
def test_damaged_bytes_that_are_sent_again_heal_every_file_at_once(
    access: Access, settings: LazySettings, before: str, after: str
) -> None:
    run, other = make_run(access), make_run(access, name="second")
    settings.INLINE_ARTIFACT_BYTES = KEPT_IN[before]
    old = make_artifact(access, run.pk, "old.bin", b"right")
    same = make_artifact(access, other.pk, "a/same.bin", b"right")
    bystander = make_artifact(access, run.pk, "other.bin", b"other")
    for file in (old, bystander):
        alter(access, file, b"wrong")
    list(check_blobs(access, max_bytes=None))
    assert integrity(access).finding_count == 2
    settings.INLINE_ARTIFACT_BYTES = KEPT_IN[after]
    new = make_artifact(access, run.pk, "new.bin", b"right")
    assert new.blob_id != old.blob_id
    assert blobs_of(access, old, same, new) == [new.blob_id] * 3
    assert blobs_of(access, bystander) == [bystander.blob_id]
    assert (integrity(access).finding_count, integrity(access).blob_count) == (1, 2)
    check_consistency(access)
    assert not on_disk(access, old).exists()
    healed = AuditEvent.objects.get(action="integrity.healed")
    assert (healed.object_id, healed.after) == (str(old.blob_id), {"file_count": 2})
    list(check_blobs(access, max_bytes=None))
    with bound(access, readonly=True):
        assert [each.pk for each in IntegrityFinding.objects.in_project(access)] == [bystander.blob_id]


def test_a_damaged_file_that_is_sent_again_to_its_own_path_heals_the_others(access: Access) -> None:
    run = make_run(access)
    old, same = (make_artifact(access, run.pk, name, b"right") for name in ("old.bin", "same.bin"))
    alter(access, old, b"wrong")
    list(check_blobs(access, max_bytes=None))
    new = make_artifact(access, run.pk, "old.bin", b"right")
    assert blobs_of(access, old, same) == [new.blob_id] * 2
    check_consistency(access)
    assert AuditEvent.objects.get(action="integrity.healed").after == {"file_count": 1}


def test_small_files_of_one_moment_heal_once(access: Access, settings: LazySettings) -> None:
    run = make_run(access)
    old = make_artifact(access, run.pk, "old.bin", b"right")
    alter(access, old, b"wrong")
    list(check_blobs(access, max_bytes=None))
    settings.INLINE_ARTIFACT_BYTES = 16_384
    files = [SmallFile(f"new/{number}.bin", b"right") for number in range(3)]
    outcomes = store_artifacts(access, owner=OwnerRef(run.pk), files=files, renew=lambda: access)
    stored = [outcome.artifact for outcome in outcomes if outcome.artifact is not None]
    assert len(set(blobs_of(access, old, *stored))) == 1
    check_consistency(access)
    assert AuditEvent.objects.filter(action="integrity.healed").count() == 1


def test_damaged_bytes_with_a_whole_twin_that_came_back_are_kept_once(access: Access) -> None:
    """As rows may be that were written before files were healed at once."""
    run = make_run(access)
    old, new = (make_artifact(access, run.pk, name, name.encode()) for name in ("old.bin", "new.bin"))
    alter(access, new, b"old.bin")
    list(check_blobs(access, max_bytes=None))
    with bound(access):
        blobs = Blob.objects.in_project(access)
        blobs.filter(pk=new.blob_id).update(sha256=blobs.get(pk=old.blob_id).sha256)
    list(check_blobs(access, max_bytes=None))
    assert blobs_of(access, old, new) == [old.blob_id] * 2
    assert (integrity(access).finding_count, integrity(access).blob_count) == (0, 1)
    check_consistency(access)


def test_damaged_bytes_that_came_back_are_shared_again(access: Access) -> None:
    run = make_run(access)
    old = make_artifact(access, run.pk, "old.bin", b"right")
    alter(access, old, b"wrong")
    list(check_blobs(access, max_bytes=None))
    alter(access, old, b"right")
    list(check_blobs(access, max_bytes=None))
    assert make_artifact(access, run.pk, "new.bin", b"right").blob_id == old.blob_id
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
