"""What a worker does with the job that is next: lease, handler, outcome."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.module_loading import import_string

from apps.common.errors import DomainError
from apps.jobs import claims
from apps.jobs.claims import Claim
from apps.jobs.dispatch import announce
from apps.jobs.errors import AttemptFailed, JobCancelled, JobFailed, JobInterrupted, LeaseLost
from apps.jobs.models import Job, JobState
from apps.jobs.running import RunningJob, start
from apps.jobs.stopping import worker_is_stopping
from apps.projects.tenancy import bound_to_projects
from apps.teams.access import StaleAccess

Handler = Callable[[RunningJob], None]
LONGEST_RETRY_SECONDS = 900
logger = logging.getLogger(__name__)


def run_next() -> bool:
    """Run the job that is next, to its end or its next attempt; whether there was one."""
    # What is claimed now would only be given back. The sweeper announces it again.
    if worker_is_stopping.is_set():
        return False
    claim = claims.claim_next()
    if claim is None:
        return False
    with _kept(claim):
        _run(claim)
    return True


def fail_attempt(claim: Claim, error: str) -> None:
    """Put the job back to be tried again after a growing while, or give it up after its last attempt."""
    with bound_to_projects([claim.project_id]):
        jobs = Job.unscoped.filter(pk=claim.job_id, project_id=claim.project_id)
        row = jobs.values_list("attempts", "max_attempts", "cancel_requested_at").first()
    if row is None:
        return
    attempts, max_attempts, cancel_requested_at = row
    if cancel_requested_at is not None:
        claims.end(claim, JobState.CANCELLED, error=error)
    elif attempts >= max_attempts:
        claims.end(claim, JobState.FAILED, error=error)
    else:
        claims.give_back(claim, delay_seconds=retry_delay_seconds(attempts), error=error)


def retry_delay_seconds(attempts: int) -> float:
    """Twice as long after each failure, and up to a quarter more, so that what failed together is not tried together."""
    delay = min(settings.JOB_RETRY_SECONDS * 2 ** (attempts - 1), LONGEST_RETRY_SECONDS)
    return float(delay * random.uniform(1, 1.25))  # noqa: S311 - no secret


def _run(claim: Claim) -> None:
    try:
        job = start(claim)
        _handler(job.kind)(job)
    except JobCancelled:
        claims.end(claim, JobState.CANCELLED)
    except JobInterrupted:
        # Not announced: this worker would read the message, and it takes no jobs any more.
        claims.give_back(claim)
    except StaleAccess:
        # Rights in the team changed: the next start looks them up afresh.
        if claims.give_back(claim):
            announce()
    except LeaseLost:
        logger.warning("Job %s of project %s is another worker's by now", claim.job_id, claim.project_id)
    except JobFailed as exc:
        claims.end(claim, JobState.FAILED, error=str(exc))
    except AttemptFailed as exc:
        fail_attempt(claim, str(exc))
    except Exception as exc:
        logger.exception("Job %s of project %s failed", claim.job_id, claim.project_id)
        _drop_broken_connection(exc)
        fail_attempt(claim, _message(exc))
    else:
        claims.end(claim, JobState.SUCCEEDED)


def _drop_broken_connection(error: Exception) -> None:
    if isinstance(error, DatabaseError | InterfaceError):
        connection.close_if_unusable_or_obsolete()


def _handler(kind: str) -> Handler:
    path = settings.JOB_HANDLERS.get(kind)
    if path is None:
        raise JobFailed(f"This version of Runfold has no jobs of kind {kind}.")
    handler: Handler = import_string(path)
    return handler


def _message(error: Exception) -> str:
    """What a tenant may read: our own refusals are written for people; anything else may hold anything."""
    if isinstance(error, DomainError):
        return error.message
    return f"Unexpected error ({type(error).__name__}). The operator's log says more."


@contextmanager
def _kept(claim: Claim) -> Iterator[None]:
    """Extends the lease from a thread of its own, for handlers that take long between two checkpoints."""
    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(claim, done), name=f"lease-{claim.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(claim: Claim, done: threading.Event) -> None:
    try:
        while not done.wait(settings.JOB_LEASE_SECONDS / 4):
            try:
                if not claims.hold(claim):
                    return
            except (DatabaseError, InterfaceError) as exc:
                logger.warning("The lease of job %s could not be extended: %s", claim.job_id, exc)
                connection.close_if_unusable_or_obsolete()
    finally:
        connection.close()
