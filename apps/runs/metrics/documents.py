"""Rewrite the documents of runs that changed, so that pages of runs are read from one row each."""

from __future__ import annotations

from django.db.models import F, OuterRef, Q, Subquery

from apps.projects.tenancy import bound_to_projects
from apps.runs.metrics.digest import Batch
from apps.runs.metrics.system import system_access
from apps.runs.models import Run, RunDocument
from apps.runs.search.documents import built_data

BATCH_RUNS = 200


def refresh_documents(project_id: int) -> Batch:
    """Rewrite the documents of one batch of changed runs in one transaction; returns the runs, none if none changed.

    The revision is read before the data: a document never claims a revision whose data it lacks, and one that holds
    more than it claims is passed over by readers and rewritten. Rows are written in order of run, against deadlock.
    """
    with bound_to_projects([project_id]):
        runs = Run.unscoped.filter(project_id=project_id)
        # In the order of the index of stale runs: by primary key, PostgreSQL would pass over the fresh ones.
        stale = runs.filter(~Q(revision=F("document_revision"))).order_by("project_id")[:BATCH_RUNS]
        revisions = dict(sorted(stale.values_list("pk", "revision")))
        if not revisions:
            return Batch(set(), is_full=False)
        data = built_data(system_access(project_id), revisions)
        documents = [
            RunDocument(project_id=project_id, run_id=run_id, revision=revision, data=data[run_id])
            for run_id, revision in revisions.items()
        ]
        RunDocument.unscoped.bulk_create(
            documents, update_conflicts=True, update_fields=["revision", "data"], unique_fields=["run"]
        )
        changed = runs.filter(pk__in=list(revisions))
        kept = set(changed.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        if gone := revisions.keys() - kept:
            # Removed for good since they were read: nobody would ever remove their documents.
            RunDocument.unscoped.filter(project_id=project_id, run_id__in=gone).delete()
        document = RunDocument.unscoped.filter(project_id=project_id, run_id=OuterRef("pk"))
        changed.update(document_revision=Subquery(document.values("revision")))
    return Batch(set(revisions), len(revisions) == BATCH_RUNS)
