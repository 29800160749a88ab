"""Celery's view of background work on files: short, and in nobody's name. Longer work is done by jobs (jobs.py)."""

from __future__ import annotations

from celery import shared_task

from apps.artifacts.services import enqueue_arrived, projects_to_sweep, projects_with_unseen_uploads
from apps.artifacts.services import sweep_project as sweep_some

_LIMIT = 500


@shared_task
def sweep_project(project_id: int) -> None:
    """Remove what unfinished uploads left in one project; what is left over is queued again."""
    if sweep_some(project_id, limit=_LIMIT) == _LIMIT:
        sweep_project.delay(project_id)


@shared_task
def find_arrived(project_id: int) -> None:
    """Enqueue the files of one project that arrived by presigned addresses and that nobody has looked at."""
    enqueue_arrived(project_id)


@shared_task
def sweep() -> None:
    """Queue every project that has such work."""
    for project_id in projects_to_sweep():
        sweep_project.delay(project_id)
    for project_id in projects_with_unseen_uploads():
        find_arrived.delay(project_id)
