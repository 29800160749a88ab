"""Fixtures that every test can use. Servers and the choice of database are in tests/servers/plugin.py."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from apps.projects.authentication import access_cache
from tests.budgets import query_budget
from tests.factories.cast import Cast, make_cast
from tests.servers.fixtures import (
    browser_page,
    chromium,
    live_runfold,
    live_runfold_factory,
    live_runfold_on_direct_s3,
    live_runfold_on_s3,
    live_worker,
    mlflow_python,
)
from tests.servers.receiver_fixture import receiver

# Tests measure no time: a busy machine is no failure.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")

__all__ = [
    "browser_page",
    "chromium",
    "live_runfold",
    "live_runfold_factory",
    "live_runfold_on_direct_s3",
    "live_runfold_on_s3",
    "live_worker",
    "mlflow_python",
    "query_budget",
    "receiver",
]


@pytest.fixture(autouse=True)
def _no_rights_from_earlier_tests() -> None:
    """A rolled-back team's ids come again: what a process remembers of rights must not."""
    access_cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """Owner, admin, member, viewer and machine of one team, and a stranger with a team of their own."""
    return make_cast()
