"""Routes below mlflow/experiments."""

from __future__ import annotations

from typing import Any

from apps.common.errors import InvalidInput
from apps.experiments import services
from apps.experiments.queries import get_experiment as experiment_details
from apps.experiments.queries import get_experiment_by_name as experiment_details_by_name
from apps.experiments.search import search_experiments as experiment_page
from apps.mlflow_api import responses
from apps.mlflow_api.artifact_locations import check_artifact_location
from apps.mlflow_api.identifiers import experiment_number, experiment_numbers
from apps.mlflow_api.paging import check_page_size
from apps.mlflow_api.schemas import experiments as schemas
from apps.runs.queries import dataset_summaries
from apps.runs.services import delete_experiment as delete_with_runs
from apps.runs.services import restore_experiment as restore_with_runs
from apps.teams.access import Access

MAX_DATASET_EXPERIMENTS = 20


def create_experiment(access: Access, message: schemas.CreateExperiment) -> bytes:
    """POST experiments/create. Artifacts always live in the project's storage: a location is checked, and not used."""
    check_artifact_location(message.artifact_location)
    tags = [(tag.key, tag.value) for tag in message.tags]
    created = services.create_experiment(access, name=message.name, tags=tags)
    return responses.encode({"experiment_id": str(created.number)})


def get_experiment(access: Access, message: schemas.ExperimentId) -> bytes:
    """GET experiments/get."""
    details = experiment_details(access, experiment_number(message.experiment_id))
    return responses.encode({"experiment": responses.experiment(access, details)})


def get_experiment_by_name(access: Access, message: schemas.ExperimentName) -> bytes:
    """GET experiments/get-by-name: deleted ones too, which clients rely on to say so."""
    details = experiment_details_by_name(access, message.experiment_name)
    return responses.encode({"experiment": responses.experiment(access, details)})


def update_experiment(access: Access, message: schemas.UpdateExperiment) -> bytes:
    """POST experiments/update."""
    number = experiment_number(message.experiment_id)
    services.rename_experiment(access, number=number, name=message.new_name)
    return responses.EMPTY


def delete_experiment(access: Access, message: schemas.ExperimentId) -> bytes:
    """POST experiments/delete."""
    delete_with_runs(access, number=experiment_number(message.experiment_id))
    return responses.EMPTY


def restore_experiment(access: Access, message: schemas.ExperimentId) -> bytes:
    """POST experiments/restore."""
    restore_with_runs(access, number=experiment_number(message.experiment_id))
    return responses.EMPTY


def set_experiment_tag(access: Access, message: schemas.SetExperimentTag) -> bytes:
    """POST experiments/set-experiment-tag."""
    number = experiment_number(message.experiment_id)
    services.set_experiment_tag(access, number=number, key=message.key, value=message.value)
    return responses.EMPTY


def delete_experiment_tag(access: Access, message: schemas.DeleteExperimentTag) -> bytes:
    """POST experiments/delete-experiment-tag."""
    number = experiment_number(message.experiment_id)
    services.delete_experiment_tag(access, number=number, key=message.key)
    return responses.EMPTY


def search_experiments(access: Access, message: schemas.SearchExperiments) -> bytes:
    """POST or GET experiments/search."""
    check_page_size(message.max_results)
    page = experiment_page(
        access,
        filter=message.filter or None,
        order_by=message.order_by,
        max_results=message.max_results,
        page_token=message.page_token or None,
        view_type=message.view_type,
    )
    answer: dict[str, Any] = {}
    if page.experiments:
        answer["experiments"] = [responses.experiment(access, details) for details in page.experiments]
    if page.next_page_token:
        answer["next_page_token"] = page.next_page_token
    return responses.encode(answer)


def search_datasets(access: Access, message: schemas.SearchDatasets) -> bytes:
    """POST experiments/search-datasets."""
    if not message.experiment_ids:
        raise InvalidInput("missing_parameter", "SearchDatasets request must specify at least one experiment_id.")
    if (count := len(message.experiment_ids)) > MAX_DATASET_EXPERIMENTS:
        raise InvalidInput(
            "too_many_experiments",
            f"SearchDatasets request cannot specify more than {MAX_DATASET_EXPERIMENTS} experiment_ids."
            f" Received {count} experiment_ids.",
        )
    found = dataset_summaries(access, experiment_numbers(message.experiment_ids))
    return responses.encode({"dataset_summaries": list(map(responses.dataset_summary, found))} if found else {})
