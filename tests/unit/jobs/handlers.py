"""Handlers that a test can look into: they write down what they did in the job's own note and cursor."""

from __future__ import annotations

from apps.common.errors import StorageUnavailable
from apps.jobs.errors import JobFailed
from apps.jobs.running import RunningJob

SETTINGS = {
    name: f"{__name__}.{name}" for name in ("count_to_ten", "do_nothing", "fail_for_good", "raise_secret", "store_away")
}


def do_nothing(job: RunningJob) -> None:
    """Succeeds."""


def count_to_ten(job: RunningJob) -> None:
    """Takes ten steps, and says after each by whom it was done."""
    for step in range(job.cursor.get("step", 0), 10):
        job.checkpoint(done=step + 1, total=10, note=job.access.actor.label, cursor={"step": step + 1})


def fail_for_good(job: RunningJob) -> None:
    """Has a reason that no retry changes."""
    raise JobFailed("There is nothing to count.")


def raise_secret(job: RunningJob) -> None:
    """Fails with a text that is not for tenants."""
    raise RuntimeError("password of the database")


def store_away(job: RunningJob) -> None:
    """Fails as our own code does when a store is away."""
    raise StorageUnavailable("storage_unavailable", "The artifact store does not answer.")
