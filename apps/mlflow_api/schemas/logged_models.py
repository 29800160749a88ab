"""Requests about logged models, and about which runs made them."""

from __future__ import annotations

from enum import StrEnum

from apps.mlflow_api.checks import array, int_like, required, string, string_items
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, KeyValue, Message


class ModelStatus(StrEnum):
    """States of a logged model; the protocol numbers them from 1 in this order."""

    LOGGED_MODEL_PENDING = "LOGGED_MODEL_PENDING"
    LOGGED_MODEL_READY = "LOGGED_MODEL_READY"
    LOGGED_MODEL_UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class CreateLoggedModel(Message):
    """logged-models."""

    experiment_id: str = ""
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class GetLoggedModel(Message):
    """GET logged-models/<id>."""

    allow_deleted: str = ""


class FinalizeLoggedModel(Message):
    """PATCH logged-models/<id>."""

    model_id: str = ""
    status: ModelStatus | None = None


class LogParams(Message):
    """logged-models/<id>/params."""

    model_id: str = ""
    params: list[KeyValue] = []


class SetTags(Message):
    """logged-models/<id>/tags."""

    model_id: str = ""
    tags: list[KeyValue] = []


class Dataset(Message):
    """A dataset that metrics were measured on."""

    dataset_name: str = ""
    dataset_digest: str = ""


class OrderBy(Message):
    """A term of an ordering."""

    field_name: str = ""
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchLoggedModels(Message):
    """logged-models/search."""

    experiment_ids: list[str] | None = None
    filter: str = ""
    datasets: list[Dataset] = []
    max_results: Int64 = 0
    order_by: list[OrderBy] = []
    page_token: str = ""


class ListFiles(Message):
    """logged-models/<id>/artifacts/directories."""

    artifact_directory_path: str = ""
    page_token: str = ""


class GetFile(Message):
    """logged-models/<id>/artifacts/files."""

    artifact_file_path: str = ""


class ModelOutput(Message):
    """A model that a run made, at a step of its training."""

    model_id: str = ""
    step: Int64 = 0


class LogOutputs(Message):
    """runs/outputs."""

    run_id: str = ""
    models: list[ModelOutput] | None = None


class LogModel(Message):
    """runs/log-model, as clients before 3.0 send it."""

    run_id: str = ""
    model_json: str = ""


CREATE = RequestSchema(
    CreateLoggedModel,
    {
        "experiment_id": (string, required),
        "name": (string,),
        "model_type": (string,),
        "source_run_id": (string,),
        "params": (array,),
        "tags": (array,),
    },
)
GET = RequestSchema(GetLoggedModel)
FINALIZE = RequestSchema(FinalizeLoggedModel, {"status": (int_like, required)})
LOG_PARAMS = RequestSchema(LogParams, {"params": (array,)})
SET_TAGS = RequestSchema(SetTags, {"tags": (array,)})
SEARCH = RequestSchema(
    SearchLoggedModels,
    {
        "experiment_ids": (array, string_items, required),
        "filter": (string,),
        "datasets": (array,),
        "max_results": (int_like,),
        "order_by": (array,),
        "page_token": (string,),
    },
)
LIST_FILES = RequestSchema(ListFiles, {"artifact_directory_path": (string,)})
GET_FILE = RequestSchema(GetFile)
LOG_OUTPUTS = RequestSchema(LogOutputs, {"run_id": (required, string), "models": (required, array)})
LOG_MODEL = RequestSchema(LogModel, {"run_id": (string, required), "model_json": (string, required)})
