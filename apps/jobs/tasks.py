"""Celery's view of background work."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_shutdown, worker_shutting_down

from apps.jobs import sweep as sweeper
from apps.jobs import worker
from apps.jobs.stopping import worker_is_stopping


# A message says that there is work, and is spent when it is read: a ticket's lease, not Celery, brings a lost job back.
@shared_task(acks_late=False)
def run_next() -> None:
    """Run the job that is next."""
    worker.run_next()


@shared_task
def sweep() -> None:
    """Bring back what was lost, announce what is due."""
    sweeper.sweep()


@shared_task
def forget() -> None:
    """Delete the jobs of long ago."""
    sweeper.forget_old()


@worker_shutting_down.connect(weak=False)
def stop(**_: Any) -> None:
    """Have running jobs stop at their next checkpoint. Only a pool of threads shares its process with this signal."""
    worker_is_stopping.set()


@worker_shutdown.connect(weak=False)
def hand_over(**_: Any) -> None:
    """Tell the other workers of what was given back, now that this one reads no messages."""
    sweeper.announce_due()
