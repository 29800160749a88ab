"""Answers in the shape of MLflow's protobuf JSON: fields that are not set and empty lists are left out.

int64 are numbers, ids texts. Params, latest metrics and tags of a run are JSON already when they get here, and are
spliced in as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from apps.experiments.queries import ExperimentDetails
from apps.runs.models import DatasetInput, Run
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


def new_run(run: Run, tags: Pairs) -> dict[str, Any]:
    """The Run of the answer to its creation."""
    return {"info": run_info(run), "data": {"tags": key_values(tags)}, "inputs": {}}


def run(details: RunDetails) -> dict[str, Any]:
    """A whole Run."""
    return {
        "info": run_info(details.run),
        "data": orjson.Fragment(details.data),
        "inputs": run_inputs(details.inputs),
        "outputs": {},
    }


def found_run(row: RunRow, inputs: Iterable[DatasetInput]) -> dict[str, Any]:
    """A whole Run of a page of search results."""
    info = _run_info(
        row.id.hex, row.experiment_number, row.name, row.user_name, row.status, row.lifecycle, row.start_time_ms,
        row.end_time_ms,
    )  # fmt: skip
    return {"info": info, "data": orjson.Fragment(row.data), "inputs": run_inputs(inputs), "outputs": {}}


def run_info(run: Run) -> dict[str, Any]:
    """A RunInfo."""
    return _run_info(
        run.id.hex, run.experiment.number, run.name, run.user_name, run.status, run.lifecycle, run.start_time_ms,
        run.end_time_ms,
    )  # fmt: skip


def run_inputs(inputs: Iterable[DatasetInput]) -> dict[str, Any]:
    """RunInputs."""
    messages = [_dataset_input(each) for each in inputs]
    return {"dataset_inputs": messages} if messages else {}


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
