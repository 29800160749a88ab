"""A laptop's settings with jobs that are made to be interrupted, and short waits. Everything else is real."""

from __future__ import annotations

from config.settings.dev import *  # noqa: F403

JOB_HANDLERS = {
    "steps": "tests.faults.job_handlers.steps",
    "broken": "tests.faults.job_handlers.broken",
    "finalise_upload": "tests.faults.job_handlers.finalise_held",
    "empty_trash": "tests.faults.job_handlers.empty_trash_held",
}
FINALISE_IN_BACKGROUND_BYTES = 1024 * 1024
JOB_SCHEDULES = {}
