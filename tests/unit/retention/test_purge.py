"""The end of runs and experiments: whole, resumable, and exact in its totals."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from apps.artifacts.models import Artifact, Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import project_usage
from apps.artifacts.services import begin_upload
from apps.audit.models import AuditEvent
from apps.common.clock import now
from apps.common.errors import NotFound, PermissionDenied
from apps.experiments.models import Experiment, ExperimentTag
from apps.jobs.models import JobTicket
from apps.logged_models.models import ModelUse, RunModel
from apps.logged_models.queries import get_logged_model
from apps.logged_models.services import log_run_models
from apps.projects.tenancy import bound
from apps.retention.jobs import empty_trash
from apps.retention.models import DoomedRun
from apps.retention.queries.trash import trash_totals
from apps.retention.services import purge
from apps.retention.services.trash import request_emptying, restore
from apps.runs.metrics.reads import history, run_points, series
from apps.runs.metrics.worker import digest_project
from apps.runs.models import Dataset, MetricBlock, Run
from apps.runs.services import delete_experiment, delete_run, restore_run
from apps.teams.access import Access
from tests.api.mlflow.caller import Caller
from tests.api.native.http import get, refusal
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast
from tests.factories.models import make_model, make_version
from tests.factories.runs import make_experiment
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over
from tests.unit.retention.work import (
    KEPT_BY,
    Killed,
    all_rows,
    check_totals,
    deleted_run,
    full_run,
    keep_listed,
    put_system_job,
    rows_of,
    run_job,
    set_rules,
    start_dying,
)

pytestmark = pytest.mark.django_db(transaction=True)


def give_up(access: Access) -> None:
    """The lease of a killed worker runs out."""
    JobTicket.objects.all().update(claim=None, lease_until=None, due_at=now())


def test_emptying_removes_deleted_runs_whole_and_leaves_the_others(cast: Cast, access: Access) -> None:
    kept, gone = full_run(access, "kept"), deleted_run(access, "gone")
    make_artifact(access, kept.pk, "shared.txt", b"gone 0")
    before = rows_of(access, kept)
    digest_project(access.project.id, everything=True)
    freed = trash_totals(access).size.freed_bytes
    stored = project_usage(access).stored_bytes
    job = run_job(access, request_emptying(access))
    assert rows_of(access, gone) == {}
    assert before.keys() <= rows_of(access, kept).keys()
    assert stored is not None
    assert project_usage(access).stored_bytes == stored - freed
    assert job.note == "1 run, 3 points and 3 files removed"
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_a_purge_killed_at_any_moment_is_finished_by_the_next(
    cast: Cast, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "_FILES", 2)
    monkeypatch.setattr(purge, "_ROWS", 2)
    experiment = make_experiment(access)
    inside = full_run(access, "inside", files=5, experiment_number=experiment.number)
    gone = deleted_run(access, files=7)
    kept = full_run(access, "kept")
    digest_project(access.project.id, everything=True)
    begin_upload(access, owner=OwnerRef(inside.pk), path="half.bin")
    delete_experiment(access, number=experiment.number)
    request_emptying(access)
    deaths = 0
    while True:
        job = start_dying(lives=1)
        try:
            empty_trash(job)
        except Killed:
            deaths += 1
            check_totals(access)
            give_up(access)
        else:
            break
    assert deaths > 10
    assert rows_of(access, inside) == rows_of(access, gone) == {}
    assert all_rows(access, DoomedRun, Upload, ExperimentTag) == 0
    assert all_rows(access, Dataset) == 1
    assert rows_of(access, kept)["Artifact"] == 3
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_an_experiment_goes_with_its_runs_and_their_experiment_number_is_not_used_again(access: Access) -> None:
    experiment = make_experiment(access, "over")
    run = full_run(access, experiment_number=experiment.number)
    delete_experiment(access, number=experiment.number)
    run_job(access, request_emptying(access, experiment_numbers=[experiment.number]))
    assert rows_of(access, run) == {}
    with bound(access, readonly=True):
        assert not Experiment.objects.in_project(access).filter(pk=experiment.pk).exists()
    again = make_experiment(access, "over")
    assert again.number == experiment.number + 1
    event = AuditEvent.objects.get(action="experiment.purge")
    assert (event.object_label, event.after) == ("over", {"run_count": 1})
    tally = AuditEvent.objects.get(action="trash.purge").after
    assert tally is not None
    assert tally["files"] == 3


def test_logged_models_stay_with_their_experiment_and_go_with_it(access: Access) -> None:
    experiment = make_experiment(access, "models")
    other = full_run(access, "of another experiment")
    run = full_run(access, "first", experiment_number=experiment.number)
    model = make_model(access, experiment_number=experiment.number, run_id=run.pk)
    log_run_models(access, run_id=other.pk, use=ModelUse.INPUT, models=[(model.pk, 0)])
    version = make_version(access, make_model(access, experiment_number=0, run_id=other.pk, files={"MLmodel": b"v"}))
    delete_run(access, run_id=run.pk)
    run_job(access, request_emptying(access))
    assert get_logged_model(access, model.pk).model.source_run_id == run.pk
    delete_experiment(access, number=experiment.number)
    run_job(access, request_emptying(access))
    with pytest.raises(NotFound):
        get_logged_model(access, model.pk)
    with bound(access, readonly=True):
        assert not Artifact.objects.in_project(access).filter(owner_id=model.pk).exists()
        assert Artifact.objects.in_project(access).filter(owner_id=version.pk).exists()
        assert not RunModel.objects.in_project(access).filter(model=model.pk).exists()
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_an_experiment_with_a_restored_run_stays(access: Access) -> None:
    experiment = make_experiment(access)
    run = full_run(access, experiment_number=experiment.number)
    delete_experiment(access, number=experiment.number)
    restore_run(access, run_id=run.pk)
    before = rows_of(access, run)
    run_job(access, request_emptying(access))
    assert rows_of(access, run) == before
    with bound(access, readonly=True):
        assert Run.objects.in_project(access).get(pk=run.pk).experiment_id == experiment.pk


def test_what_is_named_goes_alone(access: Access) -> None:
    one, two = deleted_run(access, "one"), deleted_run(access, "two")
    run_job(access, request_emptying(access, run_ids=[one.pk]))
    assert rows_of(access, one) == {}
    assert rows_of(access, two)


def test_what_was_deleted_after_it_was_asked_for_stays(access: Access) -> None:
    job = request_emptying(access)
    with time_machine.travel(now() + timedelta(seconds=5)):
        run = deleted_run(access)
        run_job(access, job)
    assert rows_of(access, run)


def test_nothing_can_be_restored_once_its_end_began(access: Access) -> None:
    run = deleted_run(access)
    request_emptying(access)
    with pytest.raises(Killed):
        empty_trash(start_dying(lives=1))
    assert rows_of(access, run)
    with pytest.raises(NotFound):
        restore(access, run_ids=[run.pk])
    with pytest.raises(NotFound):
        restore_run(access, run_id=run.pk)


def test_a_run_restored_first_is_whole(access: Access) -> None:
    run = deleted_run(access)
    before = rows_of(access, run)
    job = request_emptying(access)
    restore(access, run_ids=[run.pk])
    run_job(access, job)
    assert rows_of(access, run) == before


def test_restoring_names_all_or_nothing(access: Access) -> None:
    run, active = deleted_run(access), full_run(access, "active")
    with pytest.raises(NotFound):
        restore(access, run_ids=[run.pk, active.pk])
    with bound(access, readonly=True):
        assert Run.objects.in_project(access).get(pk=run.pk).lifecycle == "deleted"


def test_runs_that_something_needs_stay_in_the_trash(access: Access, settings: object) -> None:
    settings.RETENTION_KEEPERS = [f"{keep_listed.__module__}.keep_listed"]  # type: ignore[attr-defined]
    needed, other = deleted_run(access, "needed"), deleted_run(access, "other")
    KEPT_BY.add(needed.pk)
    try:
        run_job(access, request_emptying(access))
    finally:
        KEPT_BY.clear()
    assert rows_of(access, needed)
    assert rows_of(access, other) == {}


def test_the_schedule_removes_what_was_in_the_trash_too_long(access: Access) -> None:
    old = deleted_run(access, "old")
    set_rules(access, trash_days=7)
    with time_machine.travel(now() + timedelta(days=6)):
        run_job(access, put_system_job(access, "apply_retention"))
        assert rows_of(access, old)
    with time_machine.travel(now() + timedelta(days=8)):
        young = deleted_run(access, "young")
        run_job(access, put_system_job(access, "apply_retention"))
        assert rows_of(access, old) == {}
        assert rows_of(access, young)
    assert AuditEvent.objects.get(action="run.purge").actor_kind == "system"


def test_a_trash_without_end_is_left_alone(access: Access) -> None:
    run = deleted_run(access)
    set_rules(access, trash_days=0)
    with time_machine.travel(now() + timedelta(days=4_000)):
        run_job(access, put_system_job(access, "apply_retention"))
    assert rows_of(access, run)


def test_only_who_manages_the_project_empties_the_trash(cast: Cast, access: Access) -> None:
    with pytest.raises(PermissionDenied):
        request_emptying(cast.member.access())


def test_points_that_outlive_their_run_are_shown_to_nobody(cast: Cast, access: Access) -> None:
    run = deleted_run(access)
    assert len(history(access, run.pk, "loss"))
    request_emptying(access)
    with pytest.raises(Killed):
        empty_trash(start_dying(lives=1))
    with bound(access, readonly=True):
        assert MetricBlock.objects.in_project(access).filter(run_id=run.pk).exists()
    with pytest.raises(NotFound):
        history(access, run.pk, "loss")
    with pytest.raises(NotFound):
        run_points(access, run.pk)
    with pytest.raises(NotFound):
        series(access, run.pk)
    for path in ("metrics", "metrics/loss", "metrics.parquet"):
        assert refusal(get(cast.viewer, f"/runs/{run.pk.hex}/{path}"))[:2] == (404, "run_not_found"), path
    # Of an absent run MLflow's route has no points, as MLflow's own server.
    reply = Caller(cast.viewer.headers).get("metrics/get-history", run_id=run.pk.hex, metric_key="loss")
    assert (reply.status, reply.body) == (200, {})


def test_points_that_are_folded_meanwhile_leave_nothing(access: Access) -> None:
    """The rows of a doomed run are gone before those of its points: folding must pass over these."""
    run = deleted_run(access)
    request_emptying(access)
    with pytest.raises(Killed):
        empty_trash(start_dying(lives=1))
    digest_project(access.project.id, everything=True)
    give_up(access)
    empty_trash(start_dying(lives=1_000))
    assert rows_of(access, run) == {}
