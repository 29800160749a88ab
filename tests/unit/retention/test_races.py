"""Restored at the very moment of its end, a thing is whole or gone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from django.db import connection

from apps.common.clock import now_ms
from apps.common.errors import NotFound
from apps.retention.services.purge import clear_doomed, doom_experiment, doom_runs
from apps.runs.services import delete_experiment, restore_experiment, restore_run
from apps.teams.access import Access
from tests.factories.runs import make_experiment
from tests.servers.plugin import database_kind
from tests.unit.retention.work import deleted_run, full_run, rows_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database_kind() == "sqlite", reason="SQLite has one writer: nothing happens at the same moment"),
]

ROUNDS = 8


def at_once(*actions: Callable[[], object]) -> None:
    """Run the actions at the same moment, each with a connection of its own."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            with suppress(NotFound):
                action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        list(pool.map(run, actions))


def test_a_run_is_restored_or_removed(access: Access) -> None:
    whole = rows_of(access, full_run(access, "whole"))
    for number in range(ROUNDS):
        run = deleted_run(access, f"r{number}")
        at_once(
            lambda: restore_run(access, run_id=run.pk),  # noqa: B023 - called before the loop goes on
            lambda: doom_runs(access, [run.pk], until_ms=now_ms()),  # noqa: B023
        )
        list(clear_doomed(access))
        assert rows_of(access, run) in ({}, whole)


def test_an_experiment_is_restored_or_removed(access: Access) -> None:
    for number in range(ROUNDS):
        experiment = make_experiment(access, f"e{number}")
        runs = [full_run(access, f"{number}.{run}", experiment_number=experiment.number) for run in range(3)]
        before = [rows_of(access, run) for run in runs]
        delete_experiment(access, number=experiment.number)
        at_once(
            lambda: restore_experiment(access, number=experiment.number),  # noqa: B023
            lambda: doom_experiment(access, experiment.pk, until_ms=now_ms()),  # noqa: B023
        )
        list(clear_doomed(access))
        assert [rows_of(access, run) for run in runs] in (before, [{}, {}, {}])
