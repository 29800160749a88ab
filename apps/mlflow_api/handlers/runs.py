"""Routes below mlflow/runs."""

from __future__ import annotations

from typing import Any

from apps.logged_models.models import ModelUse
from apps.logged_models.queries import run_models
from apps.logged_models.services import log_run_models
from apps.mlflow_api import responses
from apps.mlflow_api.identifiers import experiment_number, experiment_numbers, model_key, run_key, well_formed_run_key
from apps.mlflow_api.paging import check_page_size
from apps.mlflow_api.schemas import runs as schemas
from apps.projects.tenancy import bound
from apps.runs import services
from apps.runs.metrics.points import Series
from apps.runs.models import RunStatus
from apps.runs.queries import dataset_inputs
from apps.runs.queries import get_run as run_details
from apps.runs.search.query import search_runs as run_page
from apps.runs.services import DatasetUse, MetricColumns
from apps.teams.access import Access


def create_run(access: Access, message: schemas.CreateRun) -> bytes:
    """POST runs/create."""
    run, tags = services.create_run(
        access,
        experiment_number=experiment_number(message.experiment_id),
        name=message.run_name,
        user_name=message.user_id,
        start_time_ms=message.start_time,
        tags=[(tag.key, tag.value) for tag in message.tags],
    )
    return responses.encode({"run": responses.new_run(run, tags)})


def update_run(access: Access, message: schemas.UpdateRun) -> bytes:
    """POST runs/update."""
    run = services.update_run(
        access,
        run_id=run_key(message.run_id),
        status=RunStatus(message.status) if message.status else None,
        end_time_ms=message.end_time,
        name=message.run_name or "",
    )
    return responses.encode({"run_info": responses.run_info(run)})


def get_run(access: Access, message: schemas.RunId) -> bytes:
    """GET runs/get."""
    key = run_key(message.run_id)
    details = run_details(access, key)
    return responses.encode({"run": responses.run(details, run_models(access, [key]).get(key, []))})


def delete_run(access: Access, message: schemas.RunId) -> bytes:
    """POST runs/delete."""
    services.delete_run(access, run_id=run_key(message.run_id))
    return responses.EMPTY


def restore_run(access: Access, message: schemas.RunId) -> bytes:
    """POST runs/restore."""
    services.restore_run(access, run_id=run_key(message.run_id))
    return responses.EMPTY


def log_param(access: Access, message: schemas.LogParam) -> bytes:
    """POST runs/log-parameter."""
    services.log_params(access, run_id=run_key(message.run_id), params=[(message.key, message.value)])
    return responses.EMPTY


def set_tag(access: Access, message: schemas.SetTag) -> bytes:
    """POST runs/set-tag."""
    services.set_tags(access, run_id=run_key(message.run_id), tags=[(message.key, message.value)])
    return responses.EMPTY


def delete_tag(access: Access, message: schemas.DeleteTag) -> bytes:
    """POST runs/delete-tag."""
    services.delete_tag(access, run_id=run_key(message.run_id), key=message.key)
    return responses.EMPTY


def log_batch(access: Access, message: schemas.LogBatch) -> bytes:
    """POST runs/log-batch."""
    services.log_batch(
        access,
        run_id=well_formed_run_key(message.run_id),
        metrics=_metrics(message.metrics),
        params=[(param.key, param.value) for param in message.params],
        tags=[(tag.key, tag.value) for tag in message.tags],
    )
    return responses.EMPTY


def log_inputs(access: Access, message: schemas.LogInputs) -> bytes:
    """POST runs/log-inputs."""
    datasets = [
        DatasetUse(
            name=each.dataset.name,
            digest=each.dataset.digest,
            source_type=each.dataset.source_type,
            source=each.dataset.source,
            schema=each.dataset.schema,
            profile=each.dataset.profile,
            tags=[(tag.key, tag.value) for tag in each.tags],
        )
        for each in message.datasets
    ]
    run_id = well_formed_run_key(message.run_id)
    with bound(access):
        services.log_inputs(access, run_id=run_id, datasets=datasets)
        if message.models:
            models = [(model_key(model.model_id), 0) for model in message.models]
            log_run_models(access, run_id=run_id, use=ModelUse.INPUT, models=models)
    return responses.EMPTY


def search_runs(access: Access, message: schemas.SearchRuns) -> bytes:
    """POST runs/search."""
    check_page_size(message.max_results)
    page = run_page(
        access,
        experiment_numbers=experiment_numbers(message.experiment_ids),
        filter=message.filter or None,
        order_by=message.order_by,
        max_results=message.max_results,
        page_token=message.page_token or None,
        view_type=message.run_view_type,
    )
    answer: dict[str, Any] = {}
    if page.rows:
        inputs = dataset_inputs(access, page.with_inputs) if page.with_inputs else {}
        models = run_models(access, [row.id for row in page.rows])
        answer["runs"] = [responses.found_run(row, inputs.get(row.id, ()), models.get(row.id, ())) for row in page.rows]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return responses.encode(answer)


def _metrics(points: list[schemas.MetricPoint]) -> MetricColumns:
    return MetricColumns(
        [
            Series(point.key, point.model_id, point.dataset_name, point.dataset_digest)
            if point.model_id or point.dataset_name or point.dataset_digest
            else point.key
            for point in points
        ],
        [point.step for point in points],
        [point.timestamp for point in points],
        [float(point.value) for point in points],
    )
