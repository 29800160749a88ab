"""What ends the attempt of a job, other than that it is done."""

from __future__ import annotations


class JobFailed(Exception):
    """It can never succeed: no retry. The message is shown to the project's members."""


class AttemptFailed(Exception):
    """This attempt failed by something outside of Runfold: a later one may succeed, and the log need not tell the operator.

    The message is shown to the project's members.
    """


class JobCancelled(Exception):
    """Somebody asked for its end. Raised by `RunningJob.checkpoint`; a handler cleans up and lets it pass."""


class JobInterrupted(Exception):
    """The worker is about to stop: the job goes back to the queue and resumes from its cursor, on another."""


class LeaseLost(Exception):
    """Another worker has the job by now: whatever this one still does must not be written down."""
