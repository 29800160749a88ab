"""Uploads that end in the background, as the jobs do it: at once in this process, on the real stores."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta

import pytest
import requests
import time_machine
from django.core.checks import run_checks
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.artifacts.models import Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import find_artifact, run_usage
from apps.artifacts.services import (
    abort_upload,
    begin_upload,
    complete_or_enqueue,
    enqueue_arrived,
    presign_upload,
    projects_with_unseen_uploads,
    put_part,
)
from apps.common.clock import now
from apps.common.errors import NotFound
from apps.jobs.models import Job, JobState
from apps.jobs.queries import find_job, jobs_of_project
from apps.jobs.services import cancel_job, retry_job
from apps.jobs.worker import run_next
from apps.projects.tenancy import bound
from apps.teams.access import Access
from apps.teams.permissions import TeamRole
from apps.teams.services import operator_access, set_member_role
from config.celery import app
from tests.api.artifacts.files import sha256
from tests.api.artifacts.test_multipart import use_bucket
from tests.api.native.http import at, data, get, post
from tests.api.native.test_uploads import begin
from tests.api.native.test_uploads import put_part as send_part
from tests.factories.cast import Cast
from tests.factories.runs import make_run
from tests.servers.seaweedfs import S3Server

MIB = 1024 * 1024


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, settings: Settings) -> str:
    if request.param == "s3":
        use_bucket(request.getfixturevalue("s3_server"), settings, is_direct=True)
    return str(request.param)


@pytest.fixture
def direct(settings: Settings, s3_server: S3Server) -> None:
    use_bucket(s3_server, settings, is_direct=True)


@pytest.fixture(autouse=True)
def _all_are_large(settings: Settings) -> None:
    settings.FINALISE_IN_BACKGROUND_BYTES = 5 * MIB


def begun(access: Access, run_id: uuid.UUID, content: bytes) -> Upload:
    upload = begin_upload(access, owner=OwnerRef(run_id), path="big", sha256=sha256(content))
    for number in range(1, -(-len(content) // (5 * MIB)) + 1):
        piece = content[(number - 1) * 5 * MIB : number * 5 * MIB]
        put_part(access, upload_id=upload.pk, number=number, chunks=[piece], length=len(piece))
    return upload


def enqueued(cast: Cast, upload: Upload, sha256: str = "") -> Job:
    access = cast.member.access()
    job = complete_or_enqueue(
        access,
        owner=OwnerRef(upload.owner_id),
        upload_id=upload.pk,
        parts=None,
        renew=cast.member.access,
        sha256=sha256,
    )
    assert isinstance(job, Job)
    return job


def state(access: Access, job: Job) -> str:
    with bound(access, readonly=True):
        return find_job(access, job.pk).state


def test_a_large_file_is_completed_by_a_job(cast: Cast, store: str) -> None:
    content = os.urandom(5 * MIB + 1)
    run = f"/runs/{make_run(cast.member.access()).pk.hex}"
    upload = begin(cast, run, sha256=sha256(content))
    data(send_part(cast, upload, 1, content[: 5 * MIB]))
    data(send_part(cast, upload, 2, content[5 * MIB :]))
    job = data(post(cast.member, f"{upload}/complete", {}), 202)
    assert data(post(cast.member, f"{upload}/complete", {}), 202) == job
    assert data(get(cast.viewer, f"{run}/artifacts"))["items"] == []
    assert run_next()
    assert not run_next()
    assert data(get(cast.viewer, f"{run}/artifact-info/m/big.bin"))["sha256"] == sha256(content)
    assert state(cast.member.access(), Job(id=uuid.UUID(hex=job["job_id"]))) == JobState.SUCCEEDED


def test_a_small_file_is_completed_at_once(cast: Cast, store: str) -> None:
    run = f"/runs/{make_run(cast.member.access()).pk.hex}"
    upload = begin(cast, run)
    data(send_part(cast, upload, 1, b"x" * 5 * MIB))
    data(post(cast.member, f"{upload}/complete", {}), 200)
    assert not run_next()


def test_a_job_that_finds_other_bytes_fails_for_good(cast: Cast, store: str) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    job = enqueued(cast, begun(access, run.pk, b"x" * 6 * MIB), sha256="0" * 64)
    assert run_next()
    assert state(access, job) == JobState.FAILED
    with pytest.raises(NotFound):
        find_artifact(access, OwnerRef(run.pk), "big")


def test_a_job_whose_attempt_was_lost_is_done_again(cast: Cast, store: str) -> None:
    """As when a worker was killed after the store had put the parts together, or after the file was there."""
    access, run = cast.member.access(), make_run(cast.member.access())
    upload = begun(access, run.pk, b"x" * 6 * MIB)
    job = enqueued(cast, upload)
    with bound(access):
        Job.objects.in_project(access).filter(pk=job.pk).update(cursor={"began": True})
    assert run_next()
    assert state(access, job) == JobState.SUCCEEDED
    with bound(access):
        Job.objects.in_project(access).filter(pk=job.pk).update(state=JobState.FAILED)
    retry_job(access, job_id=job.pk)
    assert run_next()
    assert state(access, job) == JobState.SUCCEEDED
    assert find_artifact(access, OwnerRef(run.pk), "big").size_bytes == 6 * MIB
    assert run_usage(access, run.pk).file_count == 1


def test_a_cancelled_job_leaves_the_upload_to_be_completed_or_aborted(cast: Cast, store: str) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    upload = begun(access, run.pk, b"x" * 6 * MIB)
    cancel_job(access, job_id=enqueued(cast, upload).pk)
    assert not run_next()
    assert state(access, enqueued(cast, upload)) == JobState.QUEUED
    abort_upload(access, upload_id=upload.pk)
    assert run_next()
    with bound(access, readonly=True):
        assert [each.state for each in jobs_of_project(access)] == [JobState.FAILED, JobState.CANCELLED]


def test_rights_are_those_at_the_end(cast: Cast, store: str) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    job = enqueued(cast, begun(access, run.pk, b"x" * 6 * MIB))
    set_member_role(operator_access(cast.team), user_id=cast.member.user.pk, role=TeamRole.VIEWER)
    assert run_next()
    assert state(cast.owner.access(), job) == JobState.FAILED
    with pytest.raises(NotFound):
        find_artifact(cast.owner.access(), OwnerRef(run.pk), "big")


def test_what_nobody_looked_at_is_found_by_the_sweep(
    cast: Cast, direct: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    access, run = cast.member.access(), make_run(cast.member.access())
    assert (
        requests.put(presign_upload(access, owner=OwnerRef(run.pk), path="a.bin"), data=b"content").status_code == 200
    )
    presign_upload(access, owner=OwnerRef(run.pk), path="never-sent.bin")
    assert projects_with_unseen_uploads() == []
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert projects_with_unseen_uploads() == [access.project.id]
        assert enqueue_arrived(access.project.id) == enqueue_arrived(access.project.id) == 1
        assert run_next()
        assert not run_next()
        assert enqueue_arrived(access.project.id) == 0
    file = find_artifact(access, OwnerRef(run.pk), "a.bin")
    assert (file.blob.sha256, file.uploaded_by_id) == (sha256(b"content"), cast.member.user.pk)
    assert data(get(cast.viewer, f"{at(cast.project)}/usage"))["file_count"] == 1


def test_beat_sweeps_files() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    app.loader.import_default_modules()
    assert "apps.artifacts.tasks.sweep" in scheduled
    assert scheduled <= set(app.tasks)


@pytest.mark.parametrize(("seconds", "fits"), [(1, True), (300, True), (301, False), (604_800, False)])
def test_presigned_addresses_live_five_minutes_at_most(settings: Settings, seconds: int, fits: bool) -> None:
    settings.PRESIGNED_SECONDS = seconds
    assert ("runfold.E011" not in {message.id for message in run_checks()}) is fits
