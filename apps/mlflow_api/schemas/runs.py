"""Requests about runs: life cycle, params, tags, inputs, search."""

from __future__ import annotations

from apps.experiments.search import ViewType
from apps.mlflow_api.checks import array, at_most, fields_present, int_like, required, string, string_items
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Double, Int64, Key, KeyValue, Message, RunStatus

MAX_BATCH_BYTES = 1_000_000
MAX_INPUTS_BYTES = 64_000_000
MAX_SEARCH_RESULTS = 50_000


class CreateRun(Message):
    """runs/create; start_time in milliseconds since the epoch."""

    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 = 0
    tags: list[KeyValue] = []


class UpdateRun(Message):
    """runs/update; None leaves a field as it is. end_time in milliseconds since the epoch."""

    run_id: str = ""
    run_uuid: str = ""
    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


class RunId(Message):
    """runs/get, delete, restore."""

    run_id: str = ""
    run_uuid: str = ""


class LogParam(Message):
    """runs/log-parameter."""

    run_id: str = ""
    run_uuid: str = ""
    key: str = ""
    value: str = ""


class SetTag(Message):
    """runs/set-tag."""

    run_id: str = ""
    run_uuid: str = ""
    key: str = ""
    value: str = ""


class DeleteTag(Message):
    """runs/delete-tag."""

    run_id: str = ""
    key: str = ""


class LogMetric(Message, gc=False):
    """runs/log-metric; timestamp in milliseconds since the epoch."""

    value: Double
    timestamp: Int64
    run_id: str = ""
    run_uuid: str = ""
    key: str = ""
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class MetricPoint(Message, gc=False):
    """One point of a batch; timestamp in milliseconds since the epoch."""

    key: Key
    value: Double
    timestamp: Int64
    step: Int64 = 0
    dataset_name: str = ""
    dataset_digest: str = ""
    model_id: str = ""
    run_id: str = ""


class LogBatch(Message):
    """runs/log-batch."""

    run_id: str = ""
    metrics: list[MetricPoint] = []
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class Dataset(Message):
    """A dataset as an input describes it; schema and profile are JSON texts that are stored as they come."""

    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Message):
    """A dataset and how the run used it."""

    dataset: Dataset
    tags: list[KeyValue] = []


class ModelInput(Message):
    """A logged model that the run read."""

    model_id: str = ""


class LogInputs(Message):
    """runs/log-inputs."""

    run_id: str = ""
    datasets: list[DatasetInput] = []
    models: list[ModelInput] = []


class SearchRuns(Message):
    """runs/search."""

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    max_results: Int64 = 1000
    order_by: list[str] = []
    page_token: str = ""


_ID = {"run_id": (required, string)}

CREATE_RUN = RequestSchema(CreateRun, {"experiment_id": (string,), "start_time": (int_like,), "run_name": (string,)})
UPDATE_RUN = RequestSchema(UpdateRun, {**_ID, "end_time": (int_like,), "status": (string,), "run_name": (string,)})
RUN_ID = RequestSchema(RunId, _ID)
LOG_PARAM = RequestSchema(LogParam, {**_ID, "key": (required, string), "value": (string,)})
SET_TAG = RequestSchema(SetTag, {**_ID, "key": (required, string), "value": (string,)})
DELETE_TAG = RequestSchema(DeleteTag, {**_ID, "key": (required, string)})
LOG_BATCH = RequestSchema(
    LogBatch,
    {
        "run_id": (string, required),
        "metrics": (array, fields_present("metrics", "key", "value", "timestamp")),
        "params": (array, fields_present("params", "key")),
        "tags": (array, fields_present("tags", "key")),
    },
    max_bytes=MAX_BATCH_BYTES,
    too_large="Batched logging API requests must be at most {limit} bytes, got a request of size {size}.",
)
LOG_INPUTS = RequestSchema(LogInputs, {**_ID, "datasets": (array,), "models": (array,)}, max_bytes=MAX_INPUTS_BYTES)
SEARCH_RUNS = RequestSchema(
    SearchRuns,
    {
        "experiment_ids": (array,),
        "filter": (string,),
        "max_results": (int_like, at_most(MAX_SEARCH_RESULTS)),
        "order_by": (array, string_items),
    },
)
