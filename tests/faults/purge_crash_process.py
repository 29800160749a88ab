"""Kills a process that empties the trash between ever later statements, until one lives to its end.

Each takes the job up where the one before died. Run as a module with RUNFOLD_DATABASE_URL naming an empty database;
prints how many died.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from apps.artifacts.owners import OwnerRef  # noqa: E402
from apps.artifacts.services import begin_upload, put_part, sweep_project  # noqa: E402
from apps.common.clock import now  # noqa: E402
from apps.jobs.models import Job, JobState, JobTicket  # noqa: E402
from apps.jobs.worker import run_next  # noqa: E402
from apps.projects.tenancy import bound  # noqa: E402
from apps.retention.models import DoomedRun  # noqa: E402
from apps.retention.services.trash import request_emptying  # noqa: E402
from apps.runs.metrics.worker import digest_project  # noqa: E402
from apps.runs.models import Run  # noqa: E402
from apps.runs.services import delete_experiment, delete_run  # noqa: E402
from apps.teams.access import Access  # noqa: E402
from tests.factories.artifacts import make_artifact  # noqa: E402
from tests.factories.cast import make_cast  # noqa: E402
from tests.factories.runs import make_experiment  # noqa: E402
from tests.faults.dying import dies  # noqa: E402
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over  # noqa: E402
from tests.unit.retention.work import all_rows, check_totals, full_run, rows_of  # noqa: E402

LARGE = bytes(20_000)


def main() -> None:
    """Empty the trash, with as many deaths as it takes."""
    call_command("migrate", verbosity=0)
    access = make_cast().owner.access()
    experiment = make_experiment(access)
    kept, alone = _run(access, "kept"), _run(access, "alone")
    inside = _run(access, "inside", experiment_number=experiment.number)
    digest_project(access.project.id, everything=True)
    for run in (alone, inside):
        upload = begin_upload(access, owner=OwnerRef(run.pk), path="half.bin")
        put_part(access, upload_id=upload.pk, number=1, chunks=[LARGE], length=len(LARGE))
    delete_experiment(access, number=experiment.number)
    delete_run(access, run_id=alone.pk)
    before = rows_of(access, kept)
    job = request_emptying(access)
    deaths = _deaths(access)
    check_totals(access)
    with bound(access, readonly=True):
        state = Job.objects.in_project(access).get(pk=job.pk).state
    if (state, rows_of(access, kept)) != (JobState.SUCCEEDED, before):
        raise AssertionError(f"The job is {state}, the other run has {rows_of(access, kept)}, not {before}.")
    if rows_of(access, inside) or rows_of(access, alone) or all_rows(access, DoomedRun):
        raise AssertionError("Something of the runs is left.")
    with time_machine.travel(now() + timedelta(hours=25)):
        sweep_project(access.project.id)
    check_consistency(access)
    check_nothing_is_left_over(access)
    sys.stdout.write(f"{deaths}\n")


def _run(access: Access, name: str, **more: int) -> Run:
    """One with small files and large ones, of which one is every run's."""
    run = full_run(access, name, **more)
    make_artifact(access, run.pk, "shared.bin", LARGE)
    make_artifact(access, run.pk, "own.bin", name.encode() + LARGE)
    return run


def _deaths(access: Access) -> int:
    for moment in count():
        if not dies(run_next, moment):
            return moment
        check_totals(access)
        # Its lease runs out.
        JobTicket.objects.all().update(claim=None, lease_until=None, due_at=now())
    raise AssertionError


if __name__ == "__main__":
    main()
