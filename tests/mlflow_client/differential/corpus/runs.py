"""Runs: create, get, update, delete, restore."""

from typing import Any

from tests.mlflow_client.differential.case import (
    ABSENT_EXPERIMENT,
    ABSENT_RUN,
    START_MS,
    Call,
    Case,
    Compare,
    experiment,
    get,
    post,
    run,
)

_GET_RUN = get("runs/get", "read back", ("run_id", "${run}"))


def _create(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    body = {"experiment_id": "${experiment}", "start_time": START_MS, **fields}
    return post("runs/create", label, body, save={"run": "run.info.run_id"}, match_message=match_message)


def _update(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return post("runs/update", label, {"run_id": "${run}", **fields}, match_message=match_message)


CASES = (
    Case(
        "run_create",
        (
            experiment(),
            _create("named", run_name="first"),
            _create("nameless"),
            _create(
                "all fields",
                run_name="full",
                user_id="alice",
                tags=[
                    {"key": "mlflow.user", "value": "alice"},
                    {"key": "mlflow.source.name", "value": "train.py"},
                    {"key": "mlflow.source.type", "value": "LOCAL"},
                    {"key": "colour", "value": "red"},
                ],
            ),
            _GET_RUN,
            _create("name by tag", tags=[{"key": "mlflow.runName", "value": "tagged"}]),
            _create(
                "name and equal tag",
                run_name="same",
                tags=[{"key": "mlflow.runName", "value": "same"}],
            ),
            _create(
                "name and other tag",
                run_name="one",
                tags=[{"key": "mlflow.runName", "value": "two"}],
            ),
            _create("empty name", run_name=""),
            _create("name of 251", run_name="n" * 251),
            _create("name is a number", run_name=5, match_message=True),
            _create(
                "duplicate tags",
                run_name="dup",
                tags=[{"key": "k", "value": "1"}, {"key": "k", "value": "2"}],
            ),
            _create("tag without key", run_name="x", tags=[{"value": "1"}]),
            _create("tag key of 251", run_name="x", tags=[{"key": "k" * 251, "value": "1"}]),
            _create("bad tag key", run_name="x", tags=[{"key": "a|b", "value": "1"}]),
            _create("tags is text", run_name="x", tags="a"),
            post(
                "runs/create",
                "no start time",
                {"experiment_id": "${experiment}", "run_name": "untimed"},
            ),
            post(
                "runs/create",
                "start time is a word",
                {"experiment_id": "${experiment}", "start_time": "soon"},
                match_message=True,
            ),
            post(
                "runs/create",
                "start time over int64",
                {"experiment_id": "${experiment}", "start_time": 2**63},
            ),
            post(
                "runs/create",
                "negative start time",
                {"experiment_id": "${experiment}", "start_time": -5, "run_name": "early"},
            ),
            post(
                "runs/create",
                "unknown experiment",
                {"experiment_id": ABSENT_EXPERIMENT, "start_time": 1},
            ),
            post("runs/create", "experiment is a word", {"experiment_id": "abc", "start_time": 1}),
            post("runs/create", "huge experiment", {"experiment_id": "9" * 30, "start_time": 1}),
            post("runs/create", "no experiment", {"start_time": START_MS}, compare=Compare.STATUS),
        ),
    ),
    Case(
        "run_nested",
        (
            experiment(),
            run("parent"),
            post(
                "runs/create",
                "child",
                {
                    "experiment_id": "${experiment}",
                    "start_time": START_MS,
                    "run_name": "child",
                    "tags": [{"key": "mlflow.parentRunId", "value": "${parent}"}],
                },
            ),
            post(
                "runs/search",
                "children",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 10,
                    "filter": "tags.mlflow.parentRunId = '${parent}'",
                },
            ),
        ),
    ),
    Case(
        "run_get",
        (
            experiment(),
            run(),
            _GET_RUN,
            get("runs/get", "unknown", ("run_id", ABSENT_RUN)),
            get("runs/get", "no id", match_message=True),
            get("runs/get", "empty id", ("run_id", "")),
            get("runs/get", "odd id", ("run_id", "no such run!")),
            get("runs/get", "long id", ("run_id", "a" * 300)),
            get("runs/get", "dashed", ("run_id", "01234567-89ab-cdef-0123-456789abcdef")),
        ),
    ),
    Case(
        "run_update",
        (
            experiment(),
            run(),
            _update("status and end", status="FINISHED", end_time=START_MS + 5),
            _update("rename", run_name="renamed"),
            _GET_RUN,
            _update("nothing"),
            _update("back to running", status="RUNNING"),
            _update("failed", status="FAILED", end_time=START_MS + 9),
            _update("killed", status="KILLED"),
            _update("scheduled", status="SCHEDULED"),
            _update("unknown status", status="SLEEPING"),
            _update("lower case status", status="finished"),
            _update("status is a number", status=3),
            _update("status is a list", status=["FINISHED"], match_message=True),
            _update("end time is a word", end_time="later", match_message=True),
            _update("empty name", run_name=""),
            _update("name of 251", run_name="n" * 251),
            _update("name is a number", run_name=7, match_message=True),
            get("runs/get", "at last", ("run_id", "${run}")),
            post("runs/update", "unknown run", {"run_id": ABSENT_RUN, "status": "FINISHED"}),
            post("runs/update", "no run", {"status": "FINISHED"}, match_message=True),
        ),
    ),
    Case(
        "run_rename_by_tag",
        (
            experiment(),
            run(),
            post(
                "runs/set-tag",
                "set the name's tag",
                {"run_id": "${run}", "key": "mlflow.runName", "value": "by tag"},
            ),
            _GET_RUN,
            post(
                "runs/log-batch",
                "in a batch",
                {"run_id": "${run}", "tags": [{"key": "mlflow.runName", "value": "by batch"}]},
            ),
            get("runs/get", "after the batch", ("run_id", "${run}")),
        ),
    ),
    Case(
        "run_delete_and_restore",
        (
            experiment(),
            run(),
            post("runs/delete", "delete", {"run_id": "${run}"}),
            _GET_RUN,
            post("runs/delete", "again", {"run_id": "${run}"}),
            post(
                "runs/log-metric",
                "metric",
                {"run_id": "${run}", "key": "m", "value": 1, "timestamp": 1},
            ),
            post("runs/log-parameter", "param", {"run_id": "${run}", "key": "p", "value": "1"}),
            post("runs/set-tag", "tag", {"run_id": "${run}", "key": "t", "value": "1"}),
            post("runs/delete-tag", "delete tag", {"run_id": "${run}", "key": "mlflow.runName"}),
            post(
                "runs/log-batch",
                "batch",
                {
                    "run_id": "${run}",
                    "metrics": [{"key": "m", "value": 1, "timestamp": 1, "step": 0}],
                },
            ),
            post("runs/log-batch", "empty batch", {"run_id": "${run}"}),
            post("runs/update", "update", {"run_id": "${run}", "status": "FINISHED"}),
            post("runs/search", "active", {"experiment_ids": ["${experiment}"], "max_results": 5}),
            post(
                "runs/search",
                "deleted only",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "run_view_type": "DELETED_ONLY",
                },
            ),
            post("runs/restore", "restore", {"run_id": "${run}"}),
            post("runs/restore", "restore again", {"run_id": "${run}"}),
            get("runs/get", "restored", ("run_id", "${run}")),
            post("runs/delete", "unknown", {"run_id": ABSENT_RUN}),
            post("runs/delete", "no id", {}, match_message=True),
            post("runs/delete", "id is a number", {"run_id": 7}, match_message=True),
            post("runs/restore", "restore unknown", {"run_id": ABSENT_RUN}),
            post("runs/restore", "restore no id", {}, match_message=True),
        ),
    ),
)
