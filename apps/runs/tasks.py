"""Celery's view of background work on runs."""

from __future__ import annotations

from celery import shared_task

from apps.runs.metrics import worker


@shared_task
def digest_project(project_id: int, *, everything: bool = False) -> None:
    """Fold, document and seal one project; what is left over is queued again."""
    if worker.digest_project(project_id, everything=everything):
        digest_project.delay(project_id, everything=everything)


@shared_task
def sweep() -> None:
    """Queue every project that has work, whatever became of the messages about it."""
    for project_id in worker.projects_to_digest():
        digest_project.delay(project_id, everything=True)
