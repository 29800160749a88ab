"""What the background workers do, project by project: fold, rewrite documents, seal."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from apps.projects.models import Project
from apps.projects.tenancy import bound_to_projects
from apps.runs.metrics.digest import Batch, fold_batch
from apps.runs.metrics.documents import refresh_documents
from apps.runs.metrics.seal import runs_to_seal, seal_pass
from apps.runs.models import MetricBlock, Run

BUDGET_SECONDS = 10.0
"""A project that needs longer goes to the end of the queue, so that no project waits for another's backlog."""
SWEEP_PROJECTS = 500
LONGEST_PAUSE_SECONDS = 0.25

_HAS_BLOCKS = Exists(MetricBlock.unscoped.filter(project_id=OuterRef("pk")))
_HAS_STALE_RUNS = Exists(Run.unscoped.filter(~Q(revision=F("document_revision")), project_id=OuterRef("pk")))


def digest_project(project_id: int, *, everything: bool = False) -> bool:
    """Fold a project's new points, rewrite the documents of its changed runs, seal what is to be sealed.

    Args:
        project_id: the project; nothing happens if it is gone.
        everything: look for runs to seal among all runs, not only those that this call folded or found changed.

    Returns:
        Whether work is left, the time being up.
    """
    deadline = time.monotonic() + BUDGET_SECONDS
    touched: set[uuid.UUID] = set()
    for step in (fold_batch, refresh_documents):
        for batch in _batches(step, project_id):
            touched |= batch
            if time.monotonic() > deadline:
                return True
    with bound_to_projects([project_id], readonly=True):
        waiting = runs_to_seal(project_id, None if everything else touched)
    while waiting:
        waiting = seal_pass(project_id, waiting)
        if time.monotonic() > deadline:
            break
    return bool(waiting)


def _batches(step: Callable[[int], Batch], project_id: int) -> Iterator[set[uuid.UUID]]:
    """The runs of each batch of a step, to the first that was not full.

    What came in meanwhile has been announced and is dealt with a moment later: a worker that chased the last point would
    do a transaction for every few (measured: 0.5 ms of its time a point logged, against 0.05).
    SQLite has one writer, and who waits for it looks again after growing pauses: a worker that went from batch to batch
    would starve the requests.
    """
    began = time.monotonic()
    while (batch := step(project_id)).run_ids:
        yield batch.run_ids
        if not batch.is_full:
            return
        if connection.vendor == "sqlite":
            time.sleep(min(time.monotonic() - began, LONGEST_PAUSE_SECONDS))
        began = time.monotonic()


def projects_to_digest() -> list[int]:
    """Projects that have metric blocks or changed runs: what a lost message or a dead worker left, or is going on."""
    project_ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    found: list[int] = []
    for start in range(0, len(project_ids), SWEEP_PROJECTS):
        chunk = project_ids[start : start + SWEEP_PROJECTS]
        with bound_to_projects(chunk, readonly=True):
            found += Project.objects.filter(_HAS_BLOCKS | _HAS_STALE_RUNS, pk__in=chunk).values_list("pk", flat=True)
    return sorted(found)
