"""What a project's webhooks are told of its runs."""

from __future__ import annotations

import uuid

from apps.runs.models import Run, RunStatus
from apps.teams.access import Access
from apps.webhooks.events import Event
from apps.webhooks.payloads import RunEnded
from apps.webhooks.services import emit

ENDS = {
    RunStatus.FINISHED: Event.RUN_FINISHED,
    RunStatus.FAILED: Event.RUN_FAILED,
    RunStatus.KILLED: Event.RUN_FAILED,
}


def locked_status(access: Access, run_id: uuid.UUID) -> str | None:
    """The state of a run, which stays so until the transaction ends; None if there is no such run."""
    rows = Run.objects.in_project(access).filter(pk=run_id).select_for_update(no_key=True)
    return rows.values_list("status", flat=True).first()


def run_ended(access: Access, run: Run) -> None:
    """Tell that a run has come to its end; in the transaction in which it has."""
    payload: RunEnded = {
        "run_id": run.id.hex,
        "run_name": run.name,
        "experiment_id": str(run.experiment.number),
        "status": run.status,
        "start_time": run.start_time_ms,
        "end_time": run.end_time_ms,
    }
    emit(access, ENDS[RunStatus(run.status)], payload)
