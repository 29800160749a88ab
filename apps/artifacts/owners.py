"""What files belong to: runs, logged models, versions of registered models. The one way from an id to rows of files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from apps.artifacts.models import Folder, OwnerKind
from apps.artifacts.refusals import version_files_stay, version_not_found
from apps.experiments.models import Lifecycle
from apps.logged_models.models import LoggedModel
from apps.logged_models.refusals import model_not_active, model_not_found
from apps.runs.models import Run
from apps.runs.refusals import run_not_active, run_not_found
from apps.teams.access import Access


@dataclass(frozen=True, slots=True)
class Owner:
    """A run, model or version, as the tables of files name it. A version belongs to no experiment."""

    kind: OwnerKind
    id: uuid.UUID
    experiment_id: int | None
    experiment_number: int | None

    @property
    def columns(self) -> dict[str, Any]:
        """What every row of its files carries."""
        return {"owner_kind": self.kind, "owner_id": self.id, "experiment_id": self.experiment_id}


@dataclass(frozen=True, slots=True)
class OwnerRef:
    """A run, model or version as a caller names it; the experiment is compared where the caller named that too."""

    id: uuid.UUID
    experiment_number: int | None = None
    kind: OwnerKind = OwnerKind.RUN

    def where(self, column: str = "experiment__number") -> dict[str, Any]:
        """What rows of the owner, or of its files, have to have."""
        return {} if self.experiment_number is None else {column: self.experiment_number}


def find_owner(access: Access, owner: OwnerRef, *, is_written: bool = False) -> Owner:
    """An owner of files, active or deleted, unless it is to be written to. One statement, inside a bound transaction.

    Raises:
        NotFound: the project has no such run, model or version, or not in that experiment.
        Conflict: it is deleted, and was to be written to.
        InvalidInput: a version was to be written to: its files stay what they are.
    """
    if owner.kind is OwnerKind.VERSION:
        return _find_version(access, owner, is_written=is_written)
    model, not_found, not_active = (
        (Run, run_not_found, run_not_active)
        if owner.kind is OwnerKind.RUN
        else (LoggedModel, model_not_found, model_not_active)
    )
    columns = ("experiment_id", "experiment__number", "lifecycle")
    row = model.objects.in_project(access).filter(pk=owner.id, **owner.where()).values_list(*columns).first()
    if row is None:
        raise not_found(owner.id)
    experiment_id, experiment_number, lifecycle = row
    if is_written and lifecycle != Lifecycle.ACTIVE:
        raise not_active(owner.id, lifecycle)
    return Owner(owner.kind, owner.id, experiment_id, experiment_number)


def _find_version(access: Access, owner: OwnerRef, *, is_written: bool) -> Owner:
    """The registry stands below: a version is known here by the files that were pinned to it."""
    roots = Folder.objects.in_project(access).filter(owner_id=owner.id, owner_kind=owner.kind, parent="", name="")
    if not roots.exists():
        raise version_not_found()
    if is_written:
        raise version_files_stay()
    return Owner(owner.kind, owner.id, None, None)
