"""Deleting and restoring an experiment together with its runs."""

from __future__ import annotations

from apps.common.clock import now_ms
from apps.experiments.models import Lifecycle
from apps.experiments.services import change_lifecycle
from apps.projects.tenancy import bound
from apps.runs.services import statements
from apps.teams.access import Access


def delete_experiment(access: Access, *, number: int) -> None:
    """Mark an active experiment and all its runs as deleted.

    Raises:
        NotFound: there is no such experiment, or it is deleted already.
    """
    with bound(access):
        experiment = change_lifecycle(access, number=number, to=Lifecycle.DELETED)
        statements.touch_runs_of(access, experiment, Lifecycle.DELETED, now_ms())


def restore_experiment(access: Access, *, number: int) -> None:
    """Make a deleted experiment and all its runs active again, also those that were deleted before it was.

    Raises:
        NotFound: there is no such experiment, or it is not deleted.
    """
    with bound(access):
        experiment = change_lifecycle(access, number=number, to=Lifecycle.ACTIVE)
        statements.touch_runs_of(access, experiment, Lifecycle.ACTIVE, None)
