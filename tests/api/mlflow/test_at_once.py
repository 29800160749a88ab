"""Writes outside any transaction, where PostgreSQL gets each as one message: on rows that are really committed."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common.clock import now_ms
from apps.common.errors import Conflict, NotFound
from apps.experiments.services import create_experiment
from apps.runs.models import RunStatus
from apps.runs.queries import get_run
from apps.runs.services import (
    create_run,
    delete_experiment,
    delete_run,
    log_params,
    set_tags,
    update_run,
)
from apps.teams.access import Access, StaleAccess
from apps.teams.services import bump_epoch
from tests.factories.cast import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def access(cast: Cast) -> Access:
    return cast.member.access()


@pytest.fixture
def run_id(access: Access) -> uuid.UUID:
    return new_run(access)


def new_run(access: Access, *, experiment: int = 0, name: str = "") -> uuid.UUID:
    run, _ = create_run(access, experiment_number=experiment, start_time_ms=now_ms(), name=name)
    return run.id


def kept(access: Access, run_id: uuid.UUID) -> str:
    return get_run(access, run_id).data


def test_each_write_is_one_message_on_postgresql(access: Access, run_id: uuid.UUID) -> None:
    with CaptureQueriesContext(connection) as captured:
        new_run(access)
        log_params(access, run_id=run_id, params=[("a", "1"), ("b", "2")])
        set_tags(access, run_id=run_id, tags=[("t", "1")])
        update_run(access, run_id=run_id, status=RunStatus.FINISHED)
    sent = [query["sql"] for query in captured.captured_queries]
    assert connection.vendor == "sqlite" or len(sent) == 4, sent


def test_what_was_written_is_there(access: Access) -> None:
    run_id = new_run(access, name="a 'name' with 100% of \\ everything; --")
    log_params(access, run_id=run_id, params=[("a", "%s"), ("b", "1'; DROP TABLE runs_run; --")])
    set_tags(access, run_id=run_id, tags=[("t", "{}"), ("t", "日本")])
    run = update_run(access, run_id=run_id, status=RunStatus.FINISHED, end_time_ms=5)
    assert (run.status, run.end_time_ms, run.experiment.number) == (RunStatus.FINISHED, 5, 0)
    details = get_run(access, run_id)
    assert details.run.name == "a 'name' with 100% of \\ everything; --"
    assert '"params":[{"key":"a","value":"%s"},{"key":"b","value":"1\'; DROP TABLE runs_run; --"}]' in details.data
    assert '{"key":"t","value":"日本"}' in details.data


def test_params_that_are_known_already_may_come_again(access: Access, run_id: uuid.UUID) -> None:
    log_params(access, run_id=run_id, params=[("a", "1")])
    log_params(access, run_id=run_id, params=[("a", "1"), ("b", "2")])
    assert '"params":[{"key":"a","value":"1"},{"key":"b","value":"2"}]' in kept(access, run_id)


def test_a_changed_param_leaves_nothing_of_its_batch(access: Access, run_id: uuid.UUID) -> None:
    log_params(access, run_id=run_id, params=[("a", "1")])
    with pytest.raises(Conflict) as refused:
        log_params(access, run_id=run_id, params=[("b", "2"), ("a", "changed")])
    assert refused.value.code == "param_changed"
    assert '"params":[{"key":"a","value":"1"}]' in kept(access, run_id)


def test_deleted_runs_refuse(access: Access, run_id: uuid.UUID) -> None:
    delete_run(access, run_id=run_id)
    before = kept(access, run_id)
    for write in (
        lambda: update_run(access, run_id=run_id, status=RunStatus.FAILED),
        lambda: log_params(access, run_id=run_id, params=[("a", "1")]),
        lambda: set_tags(access, run_id=run_id, tags=[("t", "1"), ("mlflow.runName", "other")]),
    ):
        with pytest.raises(Conflict, match="must be in the 'active' state"):
            write()
    details = get_run(access, run_id)
    assert (details.data, details.run.status) == (before, RunStatus.RUNNING)


def test_runs_of_other_projects_are_not_there(cast: Cast, access: Access) -> None:
    elsewhere = cast.stranger.access()
    run_id = new_run(elsewhere)
    before = kept(elsewhere, run_id)
    for write in (
        lambda: update_run(access, run_id=run_id, status=RunStatus.FAILED),
        lambda: log_params(access, run_id=run_id, params=[("a", "1")]),
        lambda: set_tags(access, run_id=run_id, tags=[("t", "1")]),
    ):
        with pytest.raises(NotFound, match=f"Run with id={run_id.hex} not found"):
            write()
    assert kept(elsewhere, run_id) == before


def test_runs_start_in_active_experiments_of_the_project_alone(cast: Cast, access: Access) -> None:
    create_experiment(cast.stranger.access(), name="theirs")
    with pytest.raises(NotFound):
        new_run(access, experiment=1)
    number = create_experiment(access, name="ours").number
    new_run(access, experiment=number)
    delete_experiment(access, number=number)
    with pytest.raises(Conflict):
        new_run(access, experiment=number)
    with pytest.raises(NotFound):
        new_run(access, experiment=2**70)


def test_rights_that_changed_meanwhile_stop_every_write(cast: Cast, access: Access, run_id: uuid.UUID) -> None:
    before = kept(access, run_id)
    bump_epoch(cast.team.pk)
    for write in (
        lambda: new_run(access),
        lambda: update_run(access, run_id=run_id, status=RunStatus.FAILED),
        lambda: log_params(access, run_id=run_id, params=[("a", "1")]),
        lambda: set_tags(access, run_id=run_id, tags=[("t", "1")]),
    ):
        with pytest.raises(StaleAccess):
            write()
    fresh = cast.member.access()
    assert kept(fresh, run_id) == before
    assert get_run(fresh, run_id).run.status == RunStatus.RUNNING
