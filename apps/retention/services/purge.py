"""The end of deleted runs and experiments: first their rows, at once, then everything that was logged to them.

A run is doomed in the transaction that removes its row: from then on it is absent, and cannot be restored. What is left
of it goes in batches by primary key, each a transaction: neither points nor files are ever read into memory, and an
interruption anywhere leaves a list, DoomedRun, of what is still to go. Transactions that take rows of metrics away have
the lock under which points are folded and sealed, so that no folded row comes back.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet, Sum

from apps.artifacts.models import Artifact, Folder, Upload
from apps.artifacts.services.blobs import doom_unreferenced
from apps.artifacts.services.removal import remove_unfinished
from apps.artifacts.services.statements import lock_project
from apps.artifacts.services.usage import Change, change
from apps.artifacts.stores import Home
from apps.common.ids import model_id
from apps.experiments.models import Experiment, Lifecycle
from apps.logged_models.models import LoggedModel, LoggedModelParam, LoggedModelTag, RunModel
from apps.projects.models import ProjectOwned
from apps.projects.tenancy import bound
from apps.retention.keepers import kept_runs
from apps.retention.models import DoomedRun
from apps.retention.queries.trash import deleted_experiments, deleted_models, deleted_runs
from apps.runs.metrics.digest import exclusive, some_blocks
from apps.runs.models import MetricBlock, MetricSegment, ModelMetric, Run
from apps.teams.access import Access
from apps.teams.services import audit

_RUNS_AT_ONCE = 100
_ROWS = 1_000
# Of stored points, some 10 MB.
_POINTS = 1_000_000
# Their bytes are removed one by one after the transaction.
_FILES = 250
# Blocks first: they become segments, never the other way.
_POINT_TABLES: tuple[type[ProjectOwned], ...] = (MetricBlock, MetricSegment)


@dataclass(frozen=True, slots=True)
class Removed:
    """What a batch removed."""

    rows: int = 0
    points: int = 0
    files: int = 0
    freed_bytes: int = 0


def doom_experiment(access: Access, experiment_id: int, *, until_ms: int) -> int | None:
    """Remove the rows of a deleted experiment and its runs, all in one transaction.

    It stays, whole, where a run of it was restored by itself, or is needed by something else (settings.RETENTION_KEEPERS).

    Args:
        access: in whose name it is written down.
        experiment_id: primary key.
        until_ms: only if it was deleted by then.

    Returns:
        How many runs it had; None if it stays, or is not there.
    """
    with exclusive(access.project.id):
        # Restoring changes the experiment's row first, and then its runs: whoever comes first is whole.
        experiments = deleted_experiments(access).filter(pk=experiment_id, updated_at_ms__lte=until_ms)
        experiment = experiments.select_for_update().first()
        if experiment is None:
            return None
        runs = Run.objects.in_project(access).filter(experiment_id=experiment_id)
        ids = list(runs.order_by("pk").select_for_update().values_list("pk", flat=True))
        if runs.filter(lifecycle=Lifecycle.ACTIVE).exists() or kept_runs(access.project.id, ids):
            return None
        _doom(access, ids)
        models = LoggedModel.objects.in_project(access).filter(experiment_id=experiment_id).order_by("pk")
        _doom_models(access, list(models.values_list("pk", flat=True)))
        for model in _referring_to(Experiment):
            _delete(access, model, experiment_id=experiment_id)
        _delete(access, Experiment, pk=experiment_id)
        _audit(access, "experiment.purge", experiment.number, experiment.name, {"run_count": len(ids)})
    return len(ids)


def doom_runs(access: Access, run_ids: Collection[uuid.UUID], *, until_ms: int) -> int:
    """Remove the rows of runs that lie in the trash by themselves, in one transaction; others are passed over.

    Args:
        access: in whose name it is written down.
        run_ids: some hundreds.
        until_ms: only those that were deleted by then.

    Returns:
        How many there were.
    """
    with exclusive(access.project.id):
        runs = deleted_runs(access).filter(pk__in=list(run_ids), deleted_at_ms__lte=until_ms)
        # Restoring changes the run's row: whoever comes first is whole.
        ids = list(runs.order_by("pk").select_for_update().values_list("pk", flat=True))
        kept = kept_runs(access.project.id, ids)
        going = [run_id for run_id in ids if run_id not in kept]
        if going:
            _doom(access, going)
            after = {"run_count": len(going), "runs": [run_id.hex for run_id in going]}
            _audit(access, "run.purge", access.project.id, access.project.name, after)
    return len(going)


def doom_models(access: Access, model_ids: Collection[uuid.UUID], *, until_ms: int) -> int:
    """Remove the rows of logged models that were deleted by themselves; arguments and return as of `doom_runs`."""
    with exclusive(access.project.id):
        models = deleted_models(access).filter(pk__in=list(model_ids), deleted_at_ms__lte=until_ms)
        going = list(models.order_by("pk").select_for_update().values_list("pk", flat=True))
        if going:
            _doom_models(access, going)
            after = {"model_count": len(going), "models": [model_id(key) for key in going]}
            _audit(access, "logged_model.purge", access.project.id, access.project.name, after)
    return len(going)


def record_purge(access: Access, tally: Mapping[str, int]) -> None:
    """Write down what a purge has removed in all."""
    with bound(access):
        _audit(access, "trash.purge", access.project.id, access.project.name, dict(tally))


def clear_doomed(access: Access) -> Iterator[Removed]:
    """Remove what is left of doomed runs, whoever doomed them: a batch, which is a transaction, for each item.

    Stopping between two items leaves the rest to the next call.
    """
    while doomed := _some_doomed(access):
        steps = [
            *(_in_batches(access, model, {"run_id__in": doomed}) for model in _tables_of_runs()),
            _files_of(access, doomed),
            _uploads_of(access, doomed),
            _in_batches(access, Folder, {"owner_id__in": doomed}),
        ]
        yield from chain.from_iterable(steps)
        with exclusive(access.project.id):
            DoomedRun.objects.in_project(access).filter(pk__in=doomed).delete()


def _some_doomed(access: Access) -> list[uuid.UUID]:
    with exclusive(access.project.id):
        rows = DoomedRun.objects.in_project(access).order_by("pk")
        return list(rows.values_list("pk", flat=True)[:_RUNS_AT_ONCE])


def _doom(access: Access, run_ids: list[uuid.UUID]) -> None:
    for start in range(0, len(run_ids), _ROWS):
        some = run_ids[start : start + _ROWS]
        DoomedRun.objects.in_project(access).bulk_create(
            DoomedRun(id=run_id, project_id=access.project.id) for run_id in some
        )
        for model in _referring_to(Run):
            _delete(access, model, run_id__in=some)
        _delete(access, Run, pk__in=some)


def _doom_models(access: Access, model_ids: list[uuid.UUID]) -> None:
    """Have the files of logged models follow, as those of runs."""
    for start in range(0, len(model_ids), _ROWS):
        some = model_ids[start : start + _ROWS]
        DoomedRun.objects.in_project(access).bulk_create(
            DoomedRun(id=model_id, project_id=access.project.id) for model_id in some
        )
        # Also of runs elsewhere, which made, used or measured them.
        for table in (RunModel, ModelMetric, LoggedModelParam, LoggedModelTag):
            _delete(access, table, model_id__in=some)
        _delete(access, LoggedModel, pk__in=some)


def _referring_to(model: type[Model]) -> list[type[ProjectOwned]]:
    """Tables of tracking data that cannot outlive a row of `model`, or that nothing else would ever find again."""
    found = []
    for table in _tracking_tables():
        for field in table._meta.concrete_fields:
            is_run_row = model is Experiment and (table is Run or _has(table, "run_id"))
            is_held = model is Experiment or getattr(field, "db_constraint", False)
            if field.related_model is model and not is_run_row and is_held:
                found.append(table)
    return found


def _tables_of_runs() -> list[type[ProjectOwned]]:
    """Points first: they are most of it, and what reads may still find by a run's id alone."""
    others = (table for table in _tracking_tables() if _has(table, "run_id") and table not in _POINT_TABLES)
    return [*_POINT_TABLES, *others]


def _tracking_tables() -> list[type[ProjectOwned]]:
    labels = {Experiment._meta.app_label, Run._meta.app_label, LoggedModel._meta.app_label}
    return [table for table in apps.get_models() if issubclass(table, ProjectOwned) and table._meta.app_label in labels]


def _has(table: type[Model], column: str) -> bool:
    return any(field.attname == column for field in table._meta.concrete_fields)


def _in_batches(access: Access, model: type[ProjectOwned], where: dict[str, Any]) -> Iterator[Removed]:
    rows: QuerySet[Any] = model.objects.in_project(access)
    while True:
        with exclusive(access.project.id):
            waiting = rows.filter(**where).order_by("pk")
            if model in _POINT_TABLES:
                chosen = some_blocks(waiting, limit=_ROWS, points=_POINTS)
                keys: list[Any] = chosen.ids
                points = rows.filter(pk__in=keys).aggregate(total=Sum("point_count", default=0))["total"]
                is_last = not chosen.is_full
            else:
                keys, points = list(waiting.values_list("pk", flat=True)[:_ROWS]), 0
                is_last = len(keys) < _ROWS
            _delete(access, model, pk__in=keys)
        if keys:
            yield Removed(rows=len(keys), points=points)
        if is_last:
            return


def _delete(access: Access, model: type[ProjectOwned], **where: Any) -> None:
    """One statement. Django would first read every row, and those that refer to it, to cascade."""
    rows: Any = model.objects.in_project(access).filter(**where)
    rows._raw_delete(connection.alias)


def _files_of(access: Access, run_ids: list[uuid.UUID]) -> Iterator[Removed]:
    files = Artifact.objects.in_project(access)
    while True:
        with exclusive(access.project.id):
            lock_project(access)
            found = files.filter(owner_id__in=run_ids).order_by("pk").values_list("pk", "blob_id", "size_bytes")
            rows = list(found[:_FILES])
            if not rows:
                return
            files.filter(pk__in=[pk for pk, _, _ in rows]).delete()
            freed = doom_unreferenced(access, [blob_id for _, blob_id, _ in rows])
            change(access, Change(-len(rows), -sum(size for _, _, size in rows), -freed))
        yield Removed(rows=len(rows), files=len(rows), freed_bytes=freed)


def _uploads_of(access: Access, run_ids: list[uuid.UUID]) -> Iterator[Removed]:
    """Uploads that never ended, with their bytes; nobody can complete them, as their run is not active."""
    while True:
        with exclusive(access.project.id):
            uploads = Upload.objects.in_project(access).filter(owner_id__in=run_ids).order_by("pk")
            found = list(uploads.select_related("blob__storage")[:_FILES])
        if not found:
            return
        remove_unfinished(Home.of(access), [upload.blob for upload in found])
        with exclusive(access.project.id):
            Upload.objects.in_project(access).filter(pk__in=[upload.pk for upload in found]).delete()
        yield Removed(rows=len(found))


def _audit(access: Access, action: str, key: object, label: str, after: dict[str, Any]) -> None:
    kind = "experiment" if action == "experiment.purge" else "project"
    audit(access, action, kind, key, object_label=label, project_slug=access.project.slug, after=after)
