"""Requests about experiments and what is searched across them."""

from __future__ import annotations

from apps.experiments.search import ViewType
from apps.mlflow_api.checks import array, int_like, required, string
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, KeyValue, Message


class CreateExperiment(Message):
    """experiments/create."""

    name: str = ""
    artifact_location: str = ""
    tags: list[KeyValue] = []


class ExperimentId(Message):
    """experiments/get, delete, restore."""

    experiment_id: str = ""


class ExperimentName(Message):
    """experiments/get-by-name."""

    experiment_name: str = ""


class UpdateExperiment(Message):
    """experiments/update."""

    experiment_id: str = ""
    new_name: str = ""


class SetExperimentTag(Message):
    """experiments/set-experiment-tag."""

    experiment_id: str = ""
    key: str = ""
    value: str = ""


class DeleteExperimentTag(Message):
    """experiments/delete-experiment-tag."""

    experiment_id: str = ""
    key: str = ""


class SearchExperiments(Message):
    """experiments/search; max_results is obligatory and 0 counts as absent."""

    max_results: Int64 = 0
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: ViewType = ViewType.ACTIVE_ONLY


class SearchDatasets(Message):
    """experiments/search-datasets."""

    experiment_ids: list[str] = []


_ID = {"experiment_id": (required, string)}

CREATE_EXPERIMENT = RequestSchema(
    CreateExperiment, {"name": (required, string), "artifact_location": (string,), "tags": (array,)}
)
EXPERIMENT_ID = RequestSchema(ExperimentId, _ID)
EXPERIMENT_NAME = RequestSchema(ExperimentName, {"experiment_name": (required, string)})
UPDATE_EXPERIMENT = RequestSchema(UpdateExperiment, {**_ID, "new_name": (string, required)})
SET_EXPERIMENT_TAG = RequestSchema(SetExperimentTag, {**_ID, "key": (required, string), "value": (string,)})
DELETE_EXPERIMENT_TAG = RequestSchema(DeleteExperimentTag, {**_ID, "key": (required, string)})
SEARCH_EXPERIMENTS = RequestSchema(
    SearchExperiments,
    {
        "view_type": (int_like,),
        "max_results": (int_like,),
        "order_by": (array,),
        "filter": (string,),
        "page_token": (string,),
    },
)
SEARCH_DATASETS = RequestSchema(SearchDatasets)
