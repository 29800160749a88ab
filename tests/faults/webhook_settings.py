"""A laptop's settings with a look-up of receivers' names that a test can hold. Everything else is real."""

from __future__ import annotations

from config.settings.dev import *  # noqa: F403

JOB_SCHEDULES = {}
WEBHOOKS_RESOLVER = "tests.faults.webhook_names.held"
