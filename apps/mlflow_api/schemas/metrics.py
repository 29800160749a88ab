"""Requests that write single points and read histories."""

from __future__ import annotations

from apps.mlflow_api.checks import (
    array,
    at_most_items,
    between,
    float_like,
    int_like,
    required,
    string,
    string_items,
)
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, Message
from apps.mlflow_api.schemas.runs import LogMetric

MAX_RUNS = 100
MAX_INTERVAL_POINTS = 2_500


class GetHistory(Message):
    """metrics/get-history; without max_results the whole history is meant."""

    run_id: str = ""
    run_uuid: str = ""
    metric_key: str = ""
    page_token: str = ""
    max_results: Int64 | None = None


class GetHistoryBulk(Message):
    """metrics/get-history-bulk: `run_id` is repeated."""

    run_id: list[str] = []
    metric_key: str | None = None
    max_results: Int64 | None = None


class GetHistoryBulkInterval(Message):
    """metrics/get-history-bulk-interval."""

    run_ids: list[str] = []
    metric_key: str = ""
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Int64 | None = None


LOG_METRIC = RequestSchema(
    LogMetric,
    {
        "run_id": (required, string),
        "key": (required, string),
        "value": (required, float_like),
        "timestamp": (int_like, required),
        "step": (int_like,),
        "model_id": (string,),
        "dataset_name": (string,),
        "dataset_digest": (string,),
    },
)
GET_HISTORY = RequestSchema(
    GetHistory, {"run_id": (string, required), "metric_key": (string, required), "page_token": (string,)}
)
GET_HISTORY_BULK = RequestSchema(GetHistoryBulk)
GET_HISTORY_BULK_INTERVAL = RequestSchema(
    GetHistoryBulkInterval,
    {
        "run_ids": (
            required,
            array,
            string_items,
            at_most_items(
                MAX_RUNS,
                f"GetMetricHistoryBulkInterval request must specify at most {MAX_RUNS} run_ids. Received {{}} run_ids.",
            ),
        ),
        "metric_key": (required, string),
        "start_step": (int_like,),
        "end_step": (int_like,),
        "max_results": (
            int_like,
            between(1, MAX_INTERVAL_POINTS, f"max_results must be between 1 and {MAX_INTERVAL_POINTS}."),
        ),
    },
)
