"""However large a run is, its end takes little memory: 5,000,000 points and 10,000 files here."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from apps.artifacts.models import Artifact, Blob, BlobState, Folder, OwnerKind, ProjectUsage, TeamUsage
from apps.artifacts.queries import Usage, project_usage
from apps.common.clock import now
from apps.projects.tenancy import bound
from apps.retention.services.trash import request_emptying
from apps.runs.metrics.codec import MAX_POINTS, encode_segment
from apps.runs.metrics.points import Points, Series
from apps.runs.models import MetricSegment, Run
from apps.runs.services import delete_run
from apps.teams.access import Access
from tests.factories.runs import make_run
from tests.unit.retention.work import rows_of, run_job

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = 5_000_000
FILES = 10_000
FOLDERS = 100
FILE_BYTES = 100
ALLOWED_BYTES = 64 * 1024 * 1024


def fill_points(access: Access, run: Run) -> None:
    """Segments as sealing leaves them, of values that hardly compress."""
    random = np.random.default_rng(7)
    steps = np.arange(MAX_POINTS, dtype=np.int64)
    points = Points((Series("loss"),), np.zeros(MAX_POINTS, np.int32), steps, steps, random.normal(size=MAX_POINTS))
    payload = encode_segment(points)
    left = POINTS
    while left > 0:
        MetricSegment.objects.in_project(access).create(
            project_id=access.project.id,
            run_id=run.pk,
            first_key="loss",
            last_key="loss",
            point_count=min(left, MAX_POINTS),
            payload=payload,
        )
        left -= MAX_POINTS


def fill_files(access: Access, run: Run) -> None:
    owner = {"project_id": access.project.id, "experiment_id": run.experiment_id}
    of_run = {**owner, "owner_kind": OwnerKind.RUN, "owner_id": run.pk}
    each = FILES // FOLDERS
    for folder in range(FOLDERS):
        blobs = [
            Blob(
                project_id=access.project.id,
                state=BlobState.STORED,
                size_bytes=FILE_BYTES,
                sha256=f"{folder * each + number:064x}",
                expires_at=now(),
            )
            for number in range(each)
        ]
        Blob.objects.in_project(access).bulk_create(blobs)
        Artifact.objects.in_project(access).bulk_create(
            Artifact(
                **of_run,
                folder=f"f{folder}",
                name=f"{number}",
                blob=blob,
                size_bytes=FILE_BYTES,
                media_type="text/plain",
            )
            for number, blob in enumerate(blobs)
        )
        Folder.objects.in_project(access).bulk_create(
            [Folder(**of_run, parent="", name=f"f{folder}", file_count=each, size_bytes=each * FILE_BYTES)]
        )
    total = {"file_count": FILES, "file_bytes": FILES * FILE_BYTES, "stored_bytes": FILES * FILE_BYTES}
    ProjectUsage.objects.in_project(access).create(project_id=access.project.id, **total)
    TeamUsage.objects.create(team_id=access.team.id, **total)


def peak_resident_bytes() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def test_the_end_of_a_large_run_takes_little_memory(
    access: Access, record_property: Callable[[str, object], None]
) -> None:
    run = make_run(access)
    with bound(access):
        fill_points(access, run)
        fill_files(access, run)
    delete_run(access, run_id=run.pk)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = peak_resident_bytes()
    tracemalloc.start()
    try:
        job = run_job(access, request_emptying(access))
        allocated = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    grown = peak_resident_bytes() - before
    record_property("allocated_bytes", allocated)
    record_property("grown_bytes", grown)
    assert job.note == "1 run, 5,000,003 points and 10,000 files removed"
    assert allocated < ALLOWED_BYTES
    assert grown < ALLOWED_BYTES
    assert rows_of(access, run) == {}
    assert project_usage(access) == Usage(0, 0, 0)
