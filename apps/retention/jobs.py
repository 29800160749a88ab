"""Background work of retention. Each handler can be interrupted anywhere and begin again: what is done stays done."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.conf import settings
from django.db.models import QuerySet

from apps.common.clock import now_ms
from apps.common.words import counted
from apps.jobs.running import RunningJob
from apps.logged_models.models import LoggedModel
from apps.projects.tenancy import bound
from apps.retention.queries.rules import outdated_runs, project_rules
from apps.retention.queries.trash import DAY_MS, deleted_experiments, deleted_models, deleted_runs
from apps.retention.services.integrity import check_blobs
from apps.retention.services.purge import clear_doomed, doom_experiment, doom_models, doom_runs, record_purge
from apps.retention.services.rules import move_outdated
from apps.runs.metrics.digest import fold_dirty
from apps.runs.models import Run
from apps.teams.permissions import Permission

_RUNS_A_BATCH = 100
_RUNS_A_MOVE = 500


def empty_trash(job: RunningJob) -> None:
    """Remove what lay in the trash when it was asked for; where runs or experiments are named, only those."""
    job.access.require(Permission.PROJECT_MANAGE)
    _purge(job, until_ms=job.args["until_ms"])


def apply_retention(job: RunningJob) -> None:
    """Remove what has been in the trash for too long, then move to the trash what no rule keeps."""
    rules = project_rules(job.access)
    if rules.trash_days:
        _purge(job, until_ms=now_ms() - rules.trash_days * DAY_MS)
    if not rules.moves_runs:
        return
    # Summaries decide which runs are the best: they must know every point.
    fold_dirty(job.access)
    moved, last = 0, uuid.UUID(int=0)
    while True:
        with bound(job.access, readonly=True):
            rows = outdated_runs(job.access, rules).filter(pk__gt=last).order_by("pk")
            batch = list(rows.values_list("pk", flat=True)[:_RUNS_A_MOVE])
        if not batch:
            return
        last = batch[-1]
        moved += move_outdated(job.access, batch, rules)
        job.checkpoint(done=moved, note=f"{counted(moved, 'run')} moved to the trash")


def integrity_check(job: RunningJob) -> None:
    """Read stored bytes again, as many as settings.INTEGRITY_CHECK_BYTES says."""
    checked = damaged = 0

    def report() -> None:
        note = f"{counted(checked, 'content')} read again, {damaged:,} missing or altered"
        job.checkpoint(done=checked, note=note)

    for result in check_blobs(job.access, max_bytes=settings.INTEGRITY_CHECK_BYTES, still_alive=report):
        checked += 1
        damaged += result.damage is not None
        report()


def _purge(job: RunningJob, *, until_ms: int) -> None:
    """Doom and clear, experiment by experiment and then a batch of runs at a time. The cursor is the tally."""
    tally = {
        "experiments": 0,
        "runs": 0,
        "models": 0,
        "rows": 0,
        "points": 0,
        "files": 0,
        "freed_bytes": 0,
    } | job.cursor
    # What an interrupted one has left is absent for everybody, and must go whatever is asked for now.
    _clear(job, tally)
    for experiment_id in _experiments(job, until_ms):
        run_count = doom_experiment(job.access, experiment_id, until_ms=until_ms)
        if run_count is not None:
            tally["experiments"] += 1
            tally["runs"] += run_count
            _clear(job, tally)
    for batch in _runs(job, until_ms):
        tally["runs"] += doom_runs(job.access, batch, until_ms=until_ms)
        _clear(job, tally)
    for batch in _models(job, until_ms):
        tally["models"] += doom_models(job.access, batch, until_ms=until_ms)
        _clear(job, tally)
    if any(tally.values()):
        record_purge(job.access, tally)


def _clear(job: RunningJob, tally: dict[str, int]) -> None:
    _report(job, tally)
    for removed in clear_doomed(job.access):
        tally["rows"] += removed.rows
        tally["points"] += removed.points
        tally["files"] += removed.files
        tally["freed_bytes"] += removed.freed_bytes
        _report(job, tally)


def _report(job: RunningJob, tally: dict[str, int]) -> None:
    runs, points, files = (counted(tally[f"{noun}s"], noun) for noun in ("run", "point", "file"))
    note = f"{runs}, {points} and {files} removed"
    job.checkpoint(done=tally["runs"], note=note, cursor=tally)


def _experiments(job: RunningJob, until_ms: int) -> Iterator[int]:
    """Keys of the deleted experiments that are meant, each looked up when the one before is done with."""
    last = 0
    while True:
        with bound(job.access, readonly=True):
            rows = deleted_experiments(job.access).filter(updated_at_ms__lte=until_ms, pk__gt=last)
            if _names_things(job):
                rows = rows.filter(number__in=job.args["experiments"])
            found = rows.order_by("pk").values_list("pk", flat=True).first()
        if found is None:
            return
        yield found
        last = found


def _runs(job: RunningJob, until_ms: int) -> Iterator[list[uuid.UUID]]:
    runs = deleted_runs(job.access)
    return _in_batches(job, runs.filter(pk__in=job.args["run_ids"]) if _names_things(job) else runs, until_ms)


def _models(job: RunningJob, until_ms: int) -> Iterator[list[uuid.UUID]]:
    """Nobody names one: in the trash they are seen by their size alone."""
    return iter(()) if _names_things(job) else _in_batches(job, deleted_models(job.access), until_ms)


def _in_batches(
    job: RunningJob, rows: QuerySet[Run] | QuerySet[LoggedModel], until_ms: int
) -> Iterator[list[uuid.UUID]]:
    """Keys of what was deleted by then, each batch looked up when the one before is done with."""
    last = uuid.UUID(int=0)
    while True:
        with bound(job.access, readonly=True):
            waiting = rows.filter(deleted_at_ms__lte=until_ms, pk__gt=last).order_by("pk")
            found = list(waiting.values_list("pk", flat=True)[:_RUNS_A_BATCH])
        if not found:
            return
        yield found
        last = found[-1]


def _names_things(job: RunningJob) -> bool:
    return "run_ids" in job.args
