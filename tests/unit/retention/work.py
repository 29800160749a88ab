"""Running jobs as a worker does, and killing them."""

from __future__ import annotations

import uuid
from typing import Any

from apps.artifacts.models import Artifact, Blob
from apps.artifacts.queries import project_usage
from apps.jobs import claims
from apps.jobs.models import Job, JobState
from apps.jobs.queries import find_job
from apps.jobs.running import RunningJob, start
from apps.jobs.services import enqueue
from apps.jobs.worker import run_next
from apps.projects.models import ProjectOwned
from apps.projects.tenancy import bound, bound_to_projects
from apps.retention.models import ProjectRetention
from apps.runs.models import Run
from apps.runs.services import delete_run
from apps.teams.access import Access
from tests.architecture.rows import project_owned_models
from tests.factories.artifacts import make_artifact
from tests.factories.runs import make_run

KEPT_BY: set[uuid.UUID] = set()


class Killed(BaseException):
    """The end of a worker process, as far as its transactions are concerned."""


class DyingJob(RunningJob):
    """A job whose worker dies at one of its checkpoints, before that is saved."""

    lives = 0

    def checkpoint(self, **progress: Any) -> None:
        if self.lives == 0:
            raise Killed
        self.lives -= 1
        super().checkpoint(**progress)


def start_dying(lives: int) -> DyingJob:
    """The next job in the queue, in the hands of a worker that survives so many checkpoints."""
    claim = claims.claim_next()
    assert claim is not None
    job = start(claim)
    dying = DyingJob(claim, job.kind, job.access, job.args, job.cursor)
    dying.lives = lives
    return dying


def put_system_job(access: Access, kind: str) -> Job:
    """A job as the schedule makes it."""
    with bound_to_projects([access.project.id]):
        return enqueue(access.project.id, kind)


def run_job(access: Access, job: Job) -> Job:
    """The job, run to its end."""
    while run_next():
        pass
    with bound(access, readonly=True):
        done = find_job(access, job.pk)
    assert done.state == JobState.SUCCEEDED, done.error
    return done


def full_run(access: Access, name: str = "full", *, files: int = 3, experiment_number: int = 0) -> Run:
    """A run with params, points, tags, inputs and files in folders."""
    run = make_run(access, name=name, experiment_number=experiment_number)
    for number in range(files):
        make_artifact(access, run.pk, f"plots/{number % 2}/{number}.txt", f"{name} {number}".encode())
    return run


def deleted_run(access: Access, name: str = "deleted", **more: Any) -> Run:
    """The same, in the trash."""
    run = full_run(access, name, **more)
    delete_run(access, run_id=run.pk)
    return run


def rows_of(access: Access, run: Run) -> dict[str, int]:
    """How many rows of which tables speak of a run."""
    found: dict[str, int] = {}
    with bound(access, readonly=True):
        for model in project_owned_models():
            columns = {field.attname for field in model._meta.concrete_fields} & {"run_id", "owner_id"}
            count = sum(model.objects.in_project(access).filter(**{column: run.pk}).count() for column in columns)
            if count:
                found[model.__name__] = count
    return found


def all_rows(access: Access, *models: type[ProjectOwned]) -> int:
    """How many rows the project has in some tables."""
    with bound(access, readonly=True):
        return sum(model.objects.in_project(access).count() for model in models)


def check_totals(access: Access) -> None:
    """Whether the project's totals are the sums of its rows, in the middle of a purge too."""
    usage = project_usage(access)
    with bound(access, readonly=True):
        files = list(Artifact.objects.in_project(access).values_list("size_bytes", flat=True))
        stored = Blob.objects.in_project(access).filter(state="stored").values_list("size_bytes", flat=True)
        assert (usage.file_count, usage.file_bytes, usage.stored_bytes) == (len(files), sum(files), sum(stored))


def keep_listed(project_id: int, run_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """What a registry would answer (settings.RETENTION_KEEPERS)."""
    return KEPT_BY & set(run_ids)


def set_rules(access: Access, **rules: Any) -> None:
    """Rules of the project, whatever a form would say of them."""
    with bound(access):
        ProjectRetention.objects.in_project(access).all().delete()
        ProjectRetention.objects.in_project(access).bulk_create(
            [ProjectRetention(project_id=access.project.id, **rules)]
        )
