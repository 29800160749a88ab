"""Workers that claim at the same moment never get the same job, and none is left."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.jobs import claims
from apps.jobs.models import JobState
from tests.factories.cast import make_cast
from tests.unit.jobs.queue import put

WORKERS = 4
JOBS = 40


@pytest.mark.django_db(transaction=True)
def test_claims_at_once() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory is one connection's")
    cast = make_cast()
    teams = [cast.owner.access(), cast.stranger.access()]
    jobs = {put(teams[number % 2]).pk for number in range(JOBS)}
    with ThreadPoolExecutor(WORKERS) as pool:
        claimed = [job_id for found in pool.map(_claim_all, range(WORKERS)) for job_id in found]
    assert len(claimed) == JOBS
    assert set(claimed) == jobs


def _claim_all(_number: int) -> list[uuid.UUID]:
    found = []
    try:
        while claim := claims.claim_next():
            found.append(claim.job_id)
            assert claims.end(claim, JobState.SUCCEEDED)
    finally:
        connection.close()
    return found
