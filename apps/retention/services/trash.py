"""What people do with the trash: put things back, and have it emptied."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from apps.common.clock import now_ms
from apps.experiments.queries import experiment_not_found
from apps.jobs.models import Job
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from apps.retention.queries.trash import deleted_experiments, deleted_runs
from apps.runs.refusals import run_not_found
from apps.runs.services import restore_experiment, restore_run
from apps.teams.access import Access
from apps.teams.permissions import Permission
from apps.teams.services import audit

EMPTY_TRASH = "empty_trash"


def restore(access: Access, *, run_ids: Sequence[uuid.UUID] = (), experiment_numbers: Sequence[int] = ()) -> None:
    """Take runs and experiments, these with their runs, out of the trash: all that are named, or nothing.

    Raises:
        NotFound: one of them does not lie in the trash (any more).
    """
    access.require(Permission.RUN_DELETE)
    with bound(access):
        _require_all(access, run_ids, experiment_numbers)
        for number in experiment_numbers:
            restore_experiment(access, number=number)
        for run_id in run_ids:
            restore_run(access, run_id=run_id)


def request_emptying(
    access: Access, *, run_ids: Sequence[uuid.UUID] = (), experiment_numbers: Sequence[int] = ()
) -> Job:
    """Have things in the trash removed for good, in the background.

    Args:
        access: needs PROJECT_MANAGE.
        run_ids: runs that lie in the trash by themselves.
        experiment_numbers: experiments in the trash. With neither, everything that lies there now goes.

    Raises:
        NotFound: one of them does not lie in the trash (any more).
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        _require_all(access, run_ids, experiment_numbers)
        named = bool(run_ids or experiment_numbers)
        only = {"run_ids": [run_id.hex for run_id in run_ids], "experiments": list(experiment_numbers)}
        audit(
            access,
            "trash.empty",
            "project",
            access.project.id,
            object_label=access.project.name,
            project_slug=access.project.slug,
            after=only if named else None,
        )
        # What is deleted after this moment was not meant.
        args = {"until_ms": now_ms(), **(only if named else {})}
        return enqueue(access, EMPTY_TRASH, args=args, key="" if named else "all")


def _require_all(access: Access, run_ids: Sequence[uuid.UUID], experiment_numbers: Sequence[int]) -> None:
    found_runs = set(deleted_runs(access).filter(pk__in=list(run_ids)).values_list("pk", flat=True))
    found = set(
        deleted_experiments(access).filter(number__in=list(experiment_numbers)).values_list("number", flat=True)
    )
    for run_id in run_ids:
        if run_id not in found_runs:
            raise run_not_found(run_id)
    for number in experiment_numbers:
        if number not in found:
            raise experiment_not_found(number)
