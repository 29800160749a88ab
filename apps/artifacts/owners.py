"""What files belong to: runs, and later models. The one way from an id to rows of files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from apps.artifacts.models import OwnerKind
from apps.audit.actors import ActorKind
from apps.experiments.models import Lifecycle
from apps.runs.models import Run
from apps.runs.refusals import run_not_active, run_not_found
from apps.teams.access import Access


@dataclass(frozen=True, slots=True)
class Owner:
    """A run, as the tables of files name it."""

    kind: OwnerKind
    id: uuid.UUID
    experiment_id: int
    experiment_number: int

    @property
    def columns(self) -> dict[str, Any]:
        """What every row of its files carries."""
        return {"owner_kind": self.kind, "owner_id": self.id, "experiment_id": self.experiment_id}


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run as a caller names it; the experiment is compared where the caller named that too."""

    id: uuid.UUID
    experiment_number: int | None = None

    def where(self, column: str = "experiment__number") -> dict[str, Any]:
        """What rows of the run, or of its files, have to have."""
        return {} if self.experiment_number is None else {column: self.experiment_number}


def run_owner(access: Access, run: RunRef, *, is_written: bool = False) -> Owner:
    """A run; active or deleted, unless it is to be written to. One statement, inside a bound transaction.

    Raises:
        NotFound: the project has no such run, or not in that experiment.
        Conflict: it is deleted, and was to be written to.
    """
    columns = ("experiment_id", "experiment__number", "lifecycle")
    row = Run.objects.in_project(access).filter(pk=run.id, **run.where()).values_list(*columns).first()
    if row is None:
        raise run_not_found(run.id)
    experiment_id, experiment_number, lifecycle = row
    if is_written and lifecycle != Lifecycle.ACTIVE:
        raise run_not_active(run.id, lifecycle)
    return Owner(OwnerKind.RUN, run.id, experiment_id, experiment_number)


def uploader_id(access: Access) -> int | None:
    """The user who acts; None for a service account."""
    return access.actor.id if access.actor.kind is ActorKind.USER else None
