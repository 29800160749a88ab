"""Jobs with the tests' own handlers, run in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from apps.jobs.stopping import worker_is_stopping
from tests.unit.jobs.handlers import SETTINGS


@pytest.fixture(autouse=True)
def _handlers(settings: Settings) -> Iterator[None]:
    settings.JOB_HANDLERS = SETTINGS
    settings.JOB_SCHEDULES = {}
    yield
    worker_is_stopping.clear()
