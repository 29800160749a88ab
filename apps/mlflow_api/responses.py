"""Answers in the shape of MLflow's protobuf JSON: fields that are not set and empty lists are left out.

int64 are numbers, ids texts. Params, latest metrics and tags of a run are JSON already when they get here, and are
spliced in as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from apps.artifacts.addresses import root_uri
from apps.artifacts.models import OwnerKind
from apps.artifacts.owners import Owner
from apps.common.ids import model_id
from apps.experiments.queries import ExperimentDetails
from apps.logged_models.models import ModelUse, RunModel
from apps.logged_models.queries import LoggedModelDetails
from apps.registry.queries import ModelDetails, VersionDetails
from apps.runs.metrics.wire import json_number
from apps.runs.models import DatasetInput, ModelMetric, Run
from apps.runs.queries import DatasetSummary, RunDetails
from apps.runs.search.query import RunRow
from apps.teams.access import Access

EMPTY = b"{}"

Pairs = Iterable[tuple[str, str]]


def encode(message: dict[str, Any]) -> bytes:
    """The JSON of an answer."""
    return orjson.dumps(message)


def encode_text(text: str) -> bytes:
    """The JSON of a text."""
    return orjson.dumps(text)


def experiment(access: Access, details: ExperimentDetails) -> dict[str, Any]:
    """An Experiment; the workspace is the project."""
    row = details.experiment
    message: dict[str, Any] = {
        "experiment_id": str(row.number),
        "name": row.name,
        "artifact_location": artifact_location(row.number),
        "lifecycle_stage": row.lifecycle,
        "last_update_time": row.updated_at_ms,
        "creation_time": row.created_at_ms,
    }
    if details.tags:
        message["tags"] = key_values(details.tags)
    message["workspace"] = access.project.slug
    return message


def logged_model(details: LoggedModelDetails) -> dict[str, Any]:
    """A LoggedModel."""
    model = details.model
    owner = Owner(OwnerKind.MODEL, model.pk, model.experiment_id, model.experiment.number)
    info: dict[str, Any] = {
        "model_id": model_id(model.pk),
        "experiment_id": str(model.experiment.number),
        "name": model.name,
        "creation_timestamp_ms": model.created_at_ms,
        "last_updated_timestamp_ms": model.updated_at_ms,
        "artifact_uri": root_uri(owner),
        "status": model.status,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id.hex if model.source_run_id else "",
    }
    if details.tags:
        info["tags"] = key_values(details.tags)
    data: dict[str, Any] = {}
    if details.params:
        data["params"] = key_values(details.params)
    if details.metrics:
        data["metrics"] = [_model_metric(metric) for metric in details.metrics]
    return {"info": info, "data": data}


def registered_model(details: ModelDetails) -> dict[str, Any]:
    """A RegisteredModel."""
    model = details.model
    message: dict[str, Any] = {
        "name": model.name,
        "creation_timestamp": model.created_at_ms,
        "last_updated_timestamp": model.updated_at_ms,
    }
    if model.description:
        message["description"] = model.description
    if details.latest:
        message["latest_versions"] = [model_version(each) for each in details.latest]
    if details.tags:
        message["tags"] = key_values(details.tags)
    if details.aliases:
        message["aliases"] = [{"alias": alias, "version": str(number)} for alias, number in details.aliases]
    return message


def model_version(details: VersionDetails) -> dict[str, Any]:
    """A ModelVersion."""
    version = details.version
    message: dict[str, Any] = {
        "name": version.model.name,
        "version": str(version.number),
        "creation_timestamp": version.created_at_ms,
        "last_updated_timestamp": version.updated_at_ms,
        "user_id": version.user_name,
        "current_stage": version.stage,
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id.hex if version.run_id else "",
        "run_link": version.run_link,
        "status": version.status,
    }
    if version.logged_model_id:
        message["model_id"] = model_id(version.logged_model_id)
    if version.status_message:
        message["status_message"] = version.status_message
    if details.tags:
        message["tags"] = key_values(details.tags)
    if details.aliases:
        message["aliases"] = list(details.aliases)
    return message


def new_run(run: Run, tags: Pairs) -> dict[str, Any]:
    """The Run of the answer to its creation."""
    return {"info": run_info(run), "data": {"tags": key_values(tags)}, "inputs": {}}


def run(details: RunDetails, models: Sequence[RunModel]) -> dict[str, Any]:
    """A whole Run."""
    return {
        "info": run_info(details.run),
        "data": orjson.Fragment(details.data),
        "inputs": run_inputs(details.inputs, models),
        "outputs": run_outputs(models),
    }


def found_run(row: RunRow, inputs: Iterable[DatasetInput], models: Sequence[RunModel]) -> dict[str, Any]:
    """A whole Run of a page of search results."""
    info = _run_info(
        row.id.hex, row.experiment_number, row.name, row.user_name, row.status, row.lifecycle, row.start_time_ms,
        row.end_time_ms,
    )  # fmt: skip
    return {
        "info": info,
        "data": orjson.Fragment(row.data),
        "inputs": run_inputs(inputs, models),
        "outputs": run_outputs(models),
    }


def run_info(run: Run) -> dict[str, Any]:
    """A RunInfo."""
    return _run_info(
        run.id.hex, run.experiment.number, run.name, run.user_name, run.status, run.lifecycle, run.start_time_ms,
        run.end_time_ms,
    )  # fmt: skip


def run_inputs(inputs: Iterable[DatasetInput], models: Iterable[RunModel]) -> dict[str, Any]:
    """RunInputs."""
    datasets = [_dataset_input(each) for each in inputs]
    used = [{"model_id": model_id(each.model_id)} for each in models if each.use == ModelUse.INPUT]
    return ({"dataset_inputs": datasets} if datasets else {}) | ({"model_inputs": used} if used else {})


def run_outputs(models: Iterable[RunModel]) -> dict[str, Any]:
    """RunOutputs."""
    made = [{"model_id": model_id(each.model_id), "step": each.step} for each in models if each.use == ModelUse.OUTPUT]
    return {"model_outputs": made} if made else {}


def dataset_summary(summary: DatasetSummary) -> dict[str, Any]:
    """A DatasetSummary."""
    message = {
        "experiment_id": str(summary.experiment_number),
        "name": summary.name,
        "digest": summary.digest,
    }
    return message | ({"context": summary.context} if summary.context else {})


def key_values(pairs: Pairs) -> list[dict[str, str]]:
    """Params or tags."""
    return [{"key": key, "value": value} for key, value in pairs]


def _model_metric(metric: ModelMetric) -> dict[str, Any]:
    message: dict[str, Any] = {
        "key": metric.key,
        "value": json_number(math.nan if metric.last_value is None else metric.last_value),
        "timestamp": metric.last_timestamp_ms,
        "step": metric.last_step,
        "model_id": model_id(metric.model_id),
        "run_id": metric.run_id.hex,
    }
    if metric.dataset_name:
        message["dataset_name"] = metric.dataset_name
    if metric.dataset_digest:
        message["dataset_digest"] = metric.dataset_digest
    return message


def artifact_location(experiment_number: int) -> str:
    """Where clients find an experiment's artifacts: always behind this server, never a storage address."""
    return f"mlflow-artifacts:/{experiment_number}"


def artifact_uri(experiment_number: int, run_id: str) -> str:
    """Where clients find a run's artifacts."""
    return f"{artifact_location(experiment_number)}/{run_id}/artifacts"


def _run_info(
    run_id: str,
    experiment_number: int,
    name: str,
    user_name: str,
    status: str,
    lifecycle: str,
    start_time_ms: int,
    end_time_ms: int | None,
) -> dict[str, Any]:
    info: dict[str, Any] = {
        "run_id": run_id,
        "run_uuid": run_id,
        "run_name": name,
        "experiment_id": str(experiment_number),
        "user_id": user_name,
        "status": status,
        "start_time": start_time_ms,
        "artifact_uri": artifact_uri(experiment_number, run_id),
        "lifecycle_stage": lifecycle,
    }
    if end_time_ms is not None:
        info["end_time"] = end_time_ms
    return info


def _dataset_input(use: DatasetInput) -> dict[str, Any]:
    dataset = use.dataset
    fields = {
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
        "schema": dataset.schema,
        "profile": dataset.profile,
    }
    message: dict[str, Any] = {"tags": use.tags} if use.tags else {}
    message["dataset"] = {name: value for name, value in fields.items() if value is not None}
    return message
