"""Bodies, content types, spellings of fields and numbers, and the routes beside the tracking ones."""

from tests.mlflow_client.differential.case import (
    START_MS,
    Call,
    Case,
    Compare,
    experiment,
    get,
    post,
    raw,
    run,
)

_GET_RUN = get("runs/get", "read back", ("run_id", "${run}"))

CASES = (
    Case(
        "body_that_is_no_object",
        (
            raw("experiments/create", "truncated", b'{"name": "${unique}'),
            raw("experiments/create", "not JSON", b"name=x"),
            raw("experiments/create", "empty", b""),
            raw("experiments/create", "null", b"null"),
            raw("experiments/create", "list", b'[{"name": "${unique}"}]'),
            raw("experiments/create", "number", b"7"),
            raw("experiments/create", "empty object", b"{}", match_message=True),
            raw("experiments/create", "text", b'"${unique}"'),
            raw("experiments/create", "not UTF-8", b'{"name": "\xff\xfe"}'),
            raw("runs/log-batch", "batch: list", b"[]"),
            raw("runs/log-batch", "batch: text", b'"x"'),
            raw("runs/log-batch", "batch: truncated", b'{"run_id": "a", "metrics": ['),
            raw("runs/search", "search: truncated", b'{"experiment_ids": ['),
        ),
    ),
    Case(
        "body_encoded_twice",
        (
            experiment(),
            run(),
            raw(
                "runs/set-tag",
                "object in a string",
                rb'"{\"run_id\": \"${run}\", \"key\": \"a\", \"value\": \"1\"}"',
            ),
            raw(
                "runs/log-metric",
                "metric in a string",
                rb'"{\"run_id\": \"${run}\", \"key\": \"m\", \"value\": 1.5, \"timestamp\": 1, \"step\": 2}"',
            ),
            _GET_RUN,
        ),
    ),
    Case(
        "content_type",
        (
            raw(
                "experiments/create",
                "missing",
                b'{"name": "${unique}-a"}',
                content_type=None,
                match_message=True,
            ),
            raw(
                "experiments/create",
                "text",
                b'{"name": "${unique}-b"}',
                content_type="text/plain",
                match_message=True,
            ),
            raw(
                "experiments/create",
                "form",
                b"name=x",
                content_type="application/x-www-form-urlencoded",
                match_message=True,
            ),
            raw(
                "experiments/create",
                "charset",
                b'{"name": "${unique}-c"}',
                content_type="application/json; charset=utf-8",
            ),
        ),
    ),
    Case(
        "field_spelling",
        (
            experiment(),
            post(
                "runs/create",
                "camel case",
                {"experimentId": "${experiment}", "startTime": START_MS, "runName": "camel"},
                save={"run": "run.info.run_id"},
            ),
            post("runs/update", "old run_uuid alone", {"run_uuid": "${run}", "status": "FINISHED"}),
            post(
                "runs/log-metric",
                "camel case runId",
                {"runId": "${run}", "key": "m", "value": 1, "timestamp": 1},
            ),
            post(
                "runs/log-metric",
                "run_id and run_uuid",
                {
                    "run_id": "${run}",
                    "run_uuid": "${run}",
                    "key": "m",
                    "value": 2,
                    "timestamp": 2,
                    "step": 1,
                },
            ),
            post(
                "runs/set-tag",
                "unknown fields",
                {"run_id": "${run}", "key": "t", "value": "v", "from_the_future": {"a": [1]}},
            ),
            get("runs/get", "run_uuid in the query", ("run_uuid", "${run}")),
            get("runs/get", "unknown query parameter", ("run_id", "${run}"), ("what", "ever")),
            _GET_RUN,
        ),
    ),
    Case(
        "int64_as_text",
        (
            experiment(),
            post(
                "runs/create",
                "start time",
                {"experiment_id": "${experiment}", "start_time": str(START_MS), "run_name": "text"},
                save={"run": "run.info.run_id"},
            ),
            post(
                "runs/log-metric",
                "timestamp and step",
                {
                    "run_id": "${run}",
                    "key": "m",
                    "value": 1.25,
                    "timestamp": "1700000000123",
                    "step": "7",
                },
            ),
            post(
                "runs/log-batch",
                "in a batch",
                {
                    "run_id": "${run}",
                    "metrics": [{"key": "b", "value": "2.5", "timestamp": "5", "step": "-1"}],
                },
            ),
            post(
                "runs/log-metric",
                "whole number as a float",
                {"run_id": "${run}", "key": "f", "value": 1, "timestamp": 3.0, "step": 2.0},
            ),
            post(
                "runs/search",
                "max_results",
                {"experiment_ids": ["${experiment}"], "max_results": "5"},
            ),
            _GET_RUN,
        ),
    ),
    Case(
        "experiment_id_as_number",
        (
            experiment(),
            raw("runs/create", "number", b'{"experiment_id": 0, "start_time": 1}'),
            raw("runs/search", "list of numbers", b'{"experiment_ids": [0], "max_results": 1}'),
            raw("experiments/delete", "number to delete", b'{"experiment_id": 987654321}'),
        ),
    ),
    Case(
        "unknown_routes_and_methods",
        (
            Call(
                "GET",
                "/api/2.0/mlflow/no-such-thing",
                "unknown route",
                content_type=None,
                compare=Compare.STATUS,
            ),
            Call(
                "POST",
                "/api/2.0/mlflow/runs/nothing",
                "unknown run route",
                body={},
                compare=Compare.STATUS,
            ),
            Call(
                "GET",
                "/api/9.0/mlflow/runs/get",
                "unknown version",
                content_type=None,
                compare=Compare.STATUS,
            ),
        ),
    ),
    Case(
        "server_routes",
        (
            Call("GET", "/health", "health", content_type=None),
            Call("GET", "/version", "version", content_type=None, compare=Compare.STATUS),
            Call(
                "GET",
                "/api/3.0/mlflow/server-info",
                "server-info",
                content_type=None,
                compare=Compare.STATUS,
            ),
        ),
    ),
    Case(
        "ajax_prefix",
        (
            experiment(),
            Call(
                "POST",
                "/ajax-api/2.0/mlflow/runs/search",
                "runs/search",
                body={"experiment_ids": ["${experiment}"], "max_results": 3},
            ),
            Call(
                "GET",
                "/ajax-api/2.0/mlflow/experiments/get",
                "experiments/get",
                query=(("experiment_id", "${experiment}"),),
                content_type=None,
            ),
        ),
    ),
)
