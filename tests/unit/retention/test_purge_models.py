"""The end of logged models: with their experiment, files and all; never with a run alone."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import QuerySet

from apps.artifacts.models import Artifact, Folder, OwnerKind, Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import artifact_chunks, find_artifact, project_usage
from apps.artifacts.services import begin_upload
from apps.artifacts.services.pins import pin_files
from apps.audit.models import AuditEvent
from apps.common.clock import now
from apps.common.errors import NotFound
from apps.common.ids import model_id, uuid7
from apps.jobs.models import JobTicket
from apps.jobs.worker import run_next
from apps.logged_models.models import LoggedModel, LoggedModelParam, LoggedModelTag, ModelUse, RunModel
from apps.logged_models.queries import get_logged_model
from apps.logged_models.services import delete_logged_model, log_run_models
from apps.projects.tenancy import bound
from apps.retention.jobs import empty_trash
from apps.retention.models import DoomedRun
from apps.retention.queries.trash import trash_page, trash_totals
from apps.retention.services import purge
from apps.retention.services.trash import request_emptying
from apps.runs.metrics.points import Series
from apps.runs.metrics.worker import digest_project
from apps.runs.models import ModelMetric, Run
from apps.runs.services import MetricColumns, delete_experiment, delete_run, log_batch, restore_experiment
from apps.teams.access import Access
from tests.factories.models import make_model
from tests.factories.runs import START_MS, make_experiment
from tests.unit.artifacts.consistency import check_consistency, check_nothing_is_left_over
from tests.unit.retention.work import (
    Killed,
    all_rows,
    deleted_run,
    full_run,
    put_system_job,
    run_job,
    set_rules,
    start_dying,
)

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = (LoggedModel, LoggedModelParam, LoggedModelTag, RunModel, ModelMetric)
FILES = {"MLmodel": b"flavors: {}", "data/model.pkl": b"x" * 20_000, "data/deep/notes.txt": b"notes"}


def full_model(access: Access, run: Run, *, experiment_number: int = 0, files: dict[str, bytes] = FILES) -> LoggedModel:
    return make_model(access, experiment_number=experiment_number, run_id=run.pk, files=files)


def model_ref(model: LoggedModel) -> OwnerRef:
    return OwnerRef(model.pk, kind=OwnerKind.MODEL)


def rows_of_model(access: Access, model: LoggedModel) -> int:
    """How many rows of any table speak of a model."""
    with bound(access, readonly=True):
        tables: list[QuerySet[Any, Any]] = [
            table.objects.in_project(access).filter(model_id=model.pk) for table in TABLES[1:]
        ]
        tables += [table.objects.in_project(access).filter(owner_id=model.pk) for table in (Artifact, Folder, Upload)]
        return sum(rows.count() for rows in tables) + LoggedModel.objects.in_project(access).filter(pk=model.pk).count()


def content(access: Access, owner: OwnerRef, path: str) -> bytes:
    chunks = artifact_chunks(access, find_artifact(access, owner, path))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def test_an_experiment_takes_its_models_along_and_frees_what_it_said(access: Access) -> None:
    experiment = make_experiment(access)
    inside, outside = full_run(access, "in", experiment_number=experiment.number), full_run(access, "out")
    gone = full_model(access, inside, experiment_number=experiment.number)
    shared = {"MLmodel": FILES["MLmodel"], "other": b"others bytes"}
    kept = full_model(access, outside, files=shared)
    log_run_models(access, run_id=outside.pk, use=ModelUse.INPUT, models=[(gone.pk, 0)])
    columns = MetricColumns([Series("rmse", model_id(gone.pk))], [0], [START_MS], [0.25])
    log_batch(access, run_id=outside.pk, metrics=columns, params=[], tags=[])
    begin_upload(access, owner=model_ref(gone), path="half.bin")
    digest_project(access.project.id, everything=True)
    delete_experiment(access, number=experiment.number)
    totals, [entry] = trash_totals(access), trash_page(access).entries
    assert totals.size.file_count == entry.size.file_count == 6
    assert totals.size.freed_bytes == entry.size.freed_bytes
    stored = project_usage(access).stored_bytes
    run_job(access, request_emptying(access))
    assert stored is not None
    assert project_usage(access).stored_bytes == stored - totals.size.freed_bytes
    assert rows_of_model(access, gone) == 0
    assert all_rows(access, DoomedRun, Upload) == 0
    with pytest.raises(NotFound):
        get_logged_model(access, gone.pk, allow_deleted=True)
    assert {path: content(access, model_ref(kept), path) for path in shared} == shared
    assert len(get_logged_model(access, kept.pk).metrics) == 1
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_a_purge_killed_at_any_moment_leaves_no_model_behind(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "_FILES", 1)
    monkeypatch.setattr(purge, "_ROWS", 1)
    experiment = make_experiment(access)
    run = full_run(access, experiment_number=experiment.number)
    models = [full_model(access, run, experiment_number=experiment.number) for _ in range(2)]
    begin_upload(access, owner=model_ref(models[0]), path="half.bin")
    while run_next():
        pass
    delete_experiment(access, number=experiment.number)
    request_emptying(access)
    deaths = 0
    while True:
        try:
            empty_trash(start_dying(lives=1))
        except Killed:
            deaths += 1
            assert all(not _is_half_there(access, model) for model in models)
            JobTicket.objects.all().update(claim=None, lease_until=None, due_at=now())
        else:
            break
    assert deaths > 5
    assert [rows_of_model(access, model) for model in models] == [0, 0]
    assert all_rows(access, DoomedRun, Upload, *TABLES) == 0
    check_consistency(access)
    check_nothing_is_left_over(access)


def _is_half_there(access: Access, model: LoggedModel) -> bool:
    """Whether one can still see a model of which something is gone."""
    try:
        get_logged_model(access, model.pk)
    except NotFound:
        return _can_read(access, model_ref(model))
    return not all(content(access, model_ref(model), path) == expected for path, expected in FILES.items())


def _can_read(access: Access, owner: OwnerRef) -> bool:
    try:
        find_artifact(access, owner, "MLmodel")
    except NotFound:
        return False
    return True


def test_a_run_that_goes_leaves_its_models(access: Access) -> None:
    run = full_run(access)
    model = full_model(access, run)
    delete_run(access, run_id=run.pk)
    run_job(access, request_emptying(access))
    found = get_logged_model(access, model.pk)
    assert (found.model.source_run_id, found.metrics) == (run.pk, ())
    assert {path: content(access, model_ref(model), path) for path in FILES} == FILES
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_a_restored_experiment_has_its_models_and_their_files(access: Access) -> None:
    experiment = make_experiment(access)
    run = full_run(access, experiment_number=experiment.number)
    model = full_model(access, run, experiment_number=experiment.number)
    before = rows_of_model(access, model)
    job = request_emptying(access)
    delete_experiment(access, number=experiment.number)
    restore_experiment(access, number=experiment.number)
    run_job(access, job)
    assert rows_of_model(access, model) == before


def test_deleted_models_go_with_their_experiment_too(access: Access) -> None:
    experiment = make_experiment(access)
    run = full_run(access, experiment_number=experiment.number)
    model = full_model(access, run, experiment_number=experiment.number)
    delete_logged_model(access, model_id=model.pk)
    delete_experiment(access, number=experiment.number)
    run_job(access, request_emptying(access))
    assert rows_of_model(access, model) == 0
    check_nothing_is_left_over(access)


def test_a_deleted_model_goes_when_the_trash_is_emptied(access: Access) -> None:
    run = full_run(access, files=0)
    gone, kept = full_model(access, run), full_model(access, run, files={"MLmodel": FILES["MLmodel"]})
    delete_logged_model(access, model_id=gone.pk)
    run_job(access, request_emptying(access, run_ids=[deleted_run(access, files=0).pk]))
    assert rows_of_model(access, gone)
    size, stored = trash_totals(access).size, project_usage(access).stored_bytes
    assert (size.file_count, size.freed_bytes) == (3, 20_005)
    run_job(access, request_emptying(access))
    assert rows_of_model(access, gone) == 0
    assert stored is not None
    assert project_usage(access).stored_bytes == stored - size.freed_bytes
    assert content(access, model_ref(kept), "MLmodel") == FILES["MLmodel"]
    event = AuditEvent.objects.get(action="logged_model.purge")
    assert event.after == {"model_count": 1, "models": [model_id(gone.pk)]}
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_a_deleted_model_goes_once_it_was_in_the_trash_for_too_long(access: Access) -> None:
    run = full_run(access)
    old = full_model(access, run)
    delete_logged_model(access, model_id=old.pk)
    set_rules(access, trash_days=7)
    for days, is_there in ((6, True), (8, False)):
        with time_machine.travel(now() + timedelta(days=days)):
            run_job(access, put_system_job(access, "apply_retention"))
        assert bool(rows_of_model(access, old)) is is_there


def test_files_that_a_version_shares_stay_and_are_not_counted_as_freed(access: Access) -> None:
    experiment = make_experiment(access)
    run = full_run(access, experiment_number=experiment.number, files=0)
    model = full_model(access, run, experiment_number=experiment.number)
    version_id = uuid7()
    with bound(access):
        assert pin_files(access, source=model_ref(model), folder="", version_id=version_id)[0] == 3
    delete_experiment(access, number=experiment.number)
    assert trash_totals(access).size.freed_bytes == trash_page(access).entries[0].size.freed_bytes == 0
    run_job(access, request_emptying(access))
    assert rows_of_model(access, model) == 0
    version = OwnerRef(version_id, kind=OwnerKind.VERSION)
    assert {path: content(access, version, path) for path in FILES} == FILES
    check_consistency(access)
    check_nothing_is_left_over(access)


def test_late_points_of_a_model_that_went_leave_nothing_that_is_seen(access: Access) -> None:
    experiment = make_experiment(access)
    run, other = full_run(access, experiment_number=experiment.number), full_run(access, "other")
    model = full_model(access, run, experiment_number=experiment.number)
    delete_experiment(access, number=experiment.number)
    run_job(access, request_emptying(access))
    columns = MetricColumns([Series("rmse", model_id(model.pk))], [0], [START_MS], [0.25])
    log_batch(access, run_id=other.pk, metrics=columns, params=[], tags=[])
    digest_project(access.project.id)
    with pytest.raises(NotFound):
        get_logged_model(access, uuid.UUID(int=model.pk.int), allow_deleted=True)
