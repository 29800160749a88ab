"""Run inputs: datasets, their tags, their search."""

from typing import Any

from tests.mlflow_client.differential.case import ABSENT_RUN, Call, Case, experiment, get, post, run

_GET_RUN = get("runs/get", "read back", ("run_id", "${run}"))
_DATASET = {
    "name": "iris",
    "digest": "d1",
    "source_type": "local",
    "source": '{"uri": "iris.csv"}',
    "schema": "{}",
    "profile": '{"rows": 150}',
}
_TRAINING = [{"key": "mlflow.data.context", "value": "training"}]


def _inputs(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return post("runs/log-inputs", label, {"run_id": "${run}", **fields}, match_message=match_message)


def _with(**changes: Any) -> list[dict[str, Any]]:
    return [{"tags": _TRAINING, "dataset": {**_DATASET, **changes}}]


def _without(field: str) -> list[dict[str, Any]]:
    return [{"dataset": {key: value for key, value in _DATASET.items() if key != field}}]


CASES = (
    Case(
        "inputs",
        (
            experiment(),
            run(),
            _inputs("one", datasets=_with()),
            _GET_RUN,
            _inputs("same again", datasets=_with()),
            _inputs("second", datasets=_with(name="wine", digest="d2")),
            get("runs/get", "two", ("run_id", "${run}")),
            _inputs("none"),
            _inputs("empty", datasets=[]),
            post(
                "runs/search",
                "filter by name",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "filter": "datasets.name = 'iris'",
                },
            ),
            post(
                "runs/search",
                "filter by digest",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "filter": "dataset.digest LIKE 'd%'",
                },
            ),
            post(
                "runs/search",
                "filter by context",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "filter": "datasets.context = 'training'",
                },
            ),
            post(
                "runs/search",
                "filter by another name",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "filter": "datasets.name = 'other'",
                },
            ),
            Call(
                "POST",
                "/ajax-api/2.0/mlflow/experiments/search-datasets",
                "search-datasets",
                body={"experiment_ids": ["${experiment}"]},
            ),
        ),
    ),
    Case(
        "inputs_refused",
        (
            experiment(),
            run(),
            _inputs("no name", datasets=_without("name")),
            _inputs("no digest", datasets=_without("digest")),
            _inputs("no source type", datasets=_without("source_type")),
            _inputs("no source", datasets=_without("source")),
            _inputs("no dataset", datasets=[{"tags": _TRAINING}]),
            _inputs("name of 501", datasets=_with(name="n" * 501)),
            _inputs("digest of 37", datasets=_with(digest="n" * 37)),
            _inputs("source of 65536", datasets=_with(source="s" * 65536)),
            _inputs(
                "tag key of 256",
                datasets=[{"tags": [{"key": "k" * 256, "value": "v"}], "dataset": _DATASET}],
            ),
            _inputs(
                "tag value of 501",
                datasets=[{"tags": [{"key": "k", "value": "v" * 501}], "dataset": _DATASET}],
            ),
            _inputs("datasets is an object", datasets={"name": "x"}),
            _inputs("dataset is text", datasets=["x"]),
            _inputs("name is a number", datasets=_with(name=5)),
            _GET_RUN,
            post("runs/log-inputs", "unknown run", {"run_id": ABSENT_RUN, "datasets": _with()}),
            post("runs/log-inputs", "no run", {"datasets": _with()}, match_message=True),
            Call(
                "POST",
                "/ajax-api/2.0/mlflow/experiments/search-datasets",
                "search: no experiments",
                body={},
            ),
            Call(
                "POST",
                "/ajax-api/2.0/mlflow/experiments/search-datasets",
                "search: 21 experiments",
                body={"experiment_ids": [str(i) for i in range(21)]},
            ),
        ),
    ),
)
