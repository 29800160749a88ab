"""Kills a worker between every two statements of its digest, and compares the history point by point after each.

Run as a module with RUNFOLD_DATABASE_URL naming an empty database; prints how many deaths it survived.
"""

from __future__ import annotations

import os
import sys
import uuid
from functools import partial
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.core.management import call_command  # noqa: E402

from apps.runs.metrics import worker  # noqa: E402
from apps.runs.metrics.ingest import log_points  # noqa: E402
from apps.runs.metrics.points import concat  # noqa: E402
from apps.runs.metrics.reads import latest_metrics, run_points  # noqa: E402
from apps.runs.models import RunStatus  # noqa: E402
from apps.teams.access import Access  # noqa: E402
from tests.factories.cast import make_cast  # noqa: E402
from tests.faults.dying import dies  # noqa: E402
from tests.unit.metrics.runs import change_run, counts, curve, make_run  # noqa: E402

KEYS = ("a", "loss")
POINTS = 40


def main() -> None:
    """Die before the first statement, after it, before the second and so on, until a digest lives to its end."""
    call_command("migrate", verbosity=0)
    access = make_cast().member.access()
    for moment in count():
        runs = _runs_with_a_past(access)
        if not dies(partial(worker.digest_project, access.project.id, everything=True), moment):
            _check(access, runs, "after a whole digest")
            sys.stdout.write(f"{moment}\n")
            return
        _check(access, runs, f"after a death at {moment}")
        worker.digest_project(access.project.id, everything=True)
        _check(access, runs, f"after recovery from a death at {moment}")
        if any(counts(access, run_id) != (0, 0, 1) for run_id in runs):
            raise AssertionError(f"Not sealed after a death at {moment}.")


def _runs_with_a_past(access: Access) -> list[uuid.UUID]:
    """Ended runs, each with a short segment, a folded block and unfolded ones, whose points interleave.

    The first has two unfolded blocks, the second so many small ones that one folded block takes their place.
    """
    runs = [make_run(access) for _ in range(2)]
    points = concat(curve(key, 0, POINTS) for key in KEYS)
    statuses = (RunStatus.FINISHED, RunStatus.RUNNING, RunStatus.RUNNING, RunStatus.FINISHED)
    for part, status in enumerate(statuses):
        for run_id in runs:
            arriving = points.take(slice(part, None, 4))
            size = 1 if (part, run_id) == (3, runs[1]) else len(arriving)
            for start in range(0, len(arriving), size):
                log_points(access, run_id=run_id, points=arriving.take(slice(start, start + size)))
            change_run(access, run_id, status=status)
        if part < 2:
            worker.digest_project(access.project.id, everything=True)
    found = [counts(access, run_id) for run_id in runs]
    if found != [(2, 1, 1), (1 + POINTS * len(KEYS) // 4, 1, 1)]:
        raise AssertionError(f"The runs' past is not what the test is about: {found}.")
    return runs


def _check(access: Access, runs: list[uuid.UUID], when: str) -> None:
    for run_id in runs:
        _check_run(access, run_id, when)


def _check_run(access: Access, run_id: uuid.UUID, when: str) -> None:
    points = run_points(access, run_id)
    for key in KEYS:
        found, logged = points.of_key(key), curve(key, 0, POINTS)
        same = [
            found.step.tolist() == logged.step.tolist(),
            found.timestamp_ms.tolist() == logged.timestamp_ms.tolist(),
            found.value.tobytes() == logged.value.tobytes(),
        ]
        if not all(same):
            raise AssertionError(f"The history of {key} differs {when}.")
    for metric in latest_metrics(access, [run_id])[run_id]:
        if (metric.step, metric.point_count, metric.max_value) != (POINTS - 1, POINTS, 1.0):
            raise AssertionError(f"The summary is wrong {when}: {metric}.")


if __name__ == "__main__":
    main()
