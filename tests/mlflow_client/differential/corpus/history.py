"""Metric history: whole, in pages, of many runs, for charts."""

from typing import Any

from tests.mlflow_client.differential.case import ABSENT_RUN, Call, Case, done, experiment, get, run

_BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
_INTERVAL = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"


def _history(label: str, *query: tuple[str, str], **more: Any) -> Call:
    return get("metrics/get-history", label, ("run_id", "${run}"), ("metric_key", "m"), *query, **more)


def _points(run_name: str, count: int, key: str = "m") -> Call:
    metrics = [{"key": key, "value": i * 0.5, "timestamp": 1000 + i, "step": i} for i in range(count)]
    return done("runs/log-batch", {"run_id": f"${{{run_name}}}", "metrics": metrics})


CASES = (
    Case(
        "history",
        (
            experiment(),
            run(),
            _points("run", 5),
            _history("whole"),
            _history("as the client asks", ("max_results", "25000")),
            _history("first page", ("max_results", "2"), save={"token": "next_page_token"}),
            _history(
                "second page",
                ("max_results", "2"),
                ("page_token", "${token}"),
                save={"token": "next_page_token"},
            ),
            _history("last page", ("max_results", "2"), ("page_token", "${token}")),
            _history("exactly one page", ("max_results", "5")),
            _history("bad token", ("max_results", "2"), ("page_token", "nonsense")),
            _history("empty token", ("max_results", "2"), ("page_token", "")),
            _history("max_results 0", ("max_results", "0")),
            _history("max_results negative", ("max_results", "-1")),
            _history("max_results a word", ("max_results", "many")),
            get("metrics/get-history", "unknown key", ("run_id", "${run}"), ("metric_key", "other")),
            get("metrics/get-history", "no key", ("run_id", "${run}"), match_message=True),
            get("metrics/get-history", "no run", ("metric_key", "m"), match_message=True),
            get("metrics/get-history", "unknown run", ("run_id", ABSENT_RUN), ("metric_key", "m")),
            get("metrics/get-history", "run_uuid alone", ("run_uuid", "${run}"), ("metric_key", "m")),
        ),
    ),
    Case(
        "history_order",
        (
            experiment(),
            run(),
            done(
                "runs/log-batch",
                {
                    "run_id": "${run}",
                    "metrics": [
                        {"key": "m", "value": value, "timestamp": timestamp, "step": step}
                        for value, timestamp, step in (
                            (3, 30, 1),
                            (1, 10, 3),
                            (2, 20, 2),
                            (5, 10, 1),
                            (4, 10, 1),
                            ("NaN", 10, 1),
                            (9, 5, -1),
                        )
                    ],
                },
            ),
            _history("by time, step, value", ("max_results", "100")),
        ),
    ),
    Case(
        "history_bulk",
        (
            experiment(),
            run("one"),
            run("two"),
            _points("one", 3),
            _points("two", 2),
            get(_BULK, "one run", ("run_id", "${one}"), ("metric_key", "m")),
            get(_BULK, "limited", ("run_id", "${one}"), ("metric_key", "m"), ("max_results", "2")),
            get(_BULK, "unknown run", ("run_id", ABSENT_RUN), ("metric_key", "m")),
            get(_BULK, "no runs", ("metric_key", "m")),
            get(_BULK, "no key", ("run_id", "${one}")),
            get(
                _BULK,
                "101 runs",
                *(("run_id", f"{i:032x}") for i in range(101)),
                ("metric_key", "m"),
            ),
            get(
                _BULK,
                "max_results a word",
                ("run_id", "${one}"),
                ("metric_key", "m"),
                ("max_results", "x"),
            ),
        ),
    ),
    Case(
        "history_bulk_interval",
        (
            experiment(),
            run("one"),
            _points("one", 20),
            get(_INTERVAL, "whole", ("run_ids", "${one}"), ("metric_key", "m")),
            get(
                _INTERVAL,
                "steps",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("start_step", "5"),
                ("end_step", "8"),
            ),
            get(
                _INTERVAL,
                "start alone",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("start_step", "5"),
            ),
            get(
                _INTERVAL,
                "backwards",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("start_step", "8"),
                ("end_step", "5"),
            ),
            get(_INTERVAL, "unknown run", ("run_ids", ABSENT_RUN), ("metric_key", "m")),
            get(_INTERVAL, "unknown key", ("run_ids", "${one}"), ("metric_key", "other")),
            get(_INTERVAL, "no runs", ("metric_key", "m"), match_message=True),
            get(_INTERVAL, "no key", ("run_ids", "${one}"), match_message=True),
            get(
                _INTERVAL,
                "max_results 0",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("max_results", "0"),
            ),
            get(
                _INTERVAL,
                "max_results 2501",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("max_results", "2501"),
            ),
            get(
                _INTERVAL,
                "max_results a word",
                ("run_ids", "${one}"),
                ("metric_key", "m"),
                ("max_results", "x"),
            ),
            get(
                _INTERVAL,
                "101 runs",
                *(("run_ids", f"{i:032x}") for i in range(101)),
                ("metric_key", "m"),
            ),
        ),
    ),
)
