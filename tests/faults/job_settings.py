"""A laptop's settings with jobs that are made to be interrupted, and short waits. Everything else is real."""

from __future__ import annotations

from config.settings.dev import *  # noqa: F403

JOB_HANDLERS = {"steps": "tests.faults.job_handlers.steps", "broken": "tests.faults.job_handlers.broken"}
JOB_SCHEDULES = {}
