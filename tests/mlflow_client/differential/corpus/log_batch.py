"""Batches: limits, entries, all or nothing."""

from typing import Any

from tests.mlflow_client.differential.case import (
    ABSENT_RUN,
    Call,
    Case,
    Compare,
    experiment,
    get,
    post,
    run,
)

_GET_RUN = get("runs/get", "read back", ("run_id", "${run}"))


def _batch(label: str, *, match_message: bool = False, compare: Compare = Compare.VALUE, **fields: Any) -> Call:
    body = {"run_id": "${run}", **fields}
    return post("runs/log-batch", label, body, match_message=match_message, compare=compare)


def _metrics(count: int, key: str = "m") -> list[dict[str, Any]]:
    return [{"key": key, "value": i / 4, "timestamp": i, "step": i} for i in range(count)]


def _pairs(count: int, prefix: str) -> list[dict[str, str]]:
    return [{"key": f"{prefix}{i}", "value": str(i)} for i in range(count)]


_POINT = {"key": "m", "value": 1.0, "timestamp": 1, "step": 0}
_OK = {"key": "ok", "value": 1.0, "timestamp": 1, "step": 0}

CASES = (
    Case(
        "batch_whole",
        (
            experiment(),
            run(),
            _batch("everything", metrics=_metrics(3), params=_pairs(2, "p"), tags=_pairs(2, "t")),
            _GET_RUN,
            _batch("empty"),
            _batch("empty lists", metrics=[], params=[], tags=[]),
            _batch("null lists", metrics=None, params=None, tags=None),
            _batch("identical points", metrics=[_POINT, _POINT]),
            _batch(
                "series out of order",
                metrics=[
                    {"key": "s", "value": 3, "timestamp": 3, "step": 3},
                    {"key": "s", "value": 1, "timestamp": 1, "step": 1},
                    {"key": "s", "value": "NaN", "timestamp": 2, "step": 2},
                ],
            ),
            _batch("no step", metrics=[{"key": "nostep", "value": 1, "timestamp": 9}]),
            get("runs/get", "at last", ("run_id", "${run}")),
            post("runs/log-batch", "no run", {"metrics": [_POINT]}, match_message=True),
            post(
                "runs/log-batch",
                "run is a number",
                {"run_id": 7, "metrics": [_POINT]},
                match_message=True,
            ),
            post("runs/log-batch", "unknown run", {"run_id": ABSENT_RUN, "metrics": [_POINT]}),
        ),
    ),
    Case(
        "batch_limits",
        (
            experiment(),
            run(),
            _batch("1000 metrics", metrics=_metrics(1000)),
            _batch("1001 metrics", metrics=_metrics(1001, "over")),
            _batch("100 params", params=_pairs(100, "p")),
            _batch("101 params", params=_pairs(101, "over")),
            _batch("100 tags", tags=_pairs(100, "t")),
            _batch("101 tags", tags=_pairs(101, "over")),
            _batch(
                "1000 in total",
                metrics=_metrics(800, "total"),
                params=_pairs(100, "p"),
                tags=_pairs(100, "t"),
            ),
            _batch(
                "1001 in total",
                metrics=_metrics(801, "over"),
                params=_pairs(100, "p"),
                tags=_pairs(100, "t"),
            ),
            _batch(
                "over a million bytes",
                tags=[{"key": f"big{i}", "value": "v" * 10_500} for i in range(96)],
            ),
            get(
                "metrics/get-history",
                "nothing of what was refused",
                ("run_id", "${run}"),
                ("metric_key", "over"),
                ("max_results", "10"),
            ),
        ),
    ),
    Case(
        "batch_all_or_nothing",
        (
            experiment(),
            run(),
            _batch("set a param", params=[{"key": "lr", "value": "1"}]),
            _batch(
                "param changes",
                metrics=[_OK],
                params=[{"key": "lr", "value": "2"}],
                tags=_pairs(1, "t"),
            ),
            _batch("bad metric key", metrics=[_OK, {**_POINT, "key": "a$b"}], tags=_pairs(1, "t")),
            _batch("bad param key", metrics=[_OK], params=[{"key": "a|b", "value": "1"}]),
            _batch("bad tag key", metrics=[_OK], tags=[{"key": "a|b", "value": "1"}]),
            _batch(
                "bad metric value",
                metrics=[_OK, {**_POINT, "value": "high"}],
                params=_pairs(1, "q"),
            ),
            _batch(
                "duplicate params, same value",
                params=[{"key": "d", "value": "1"}, {"key": "d", "value": "1"}],
            ),
            _batch(
                "duplicate params, other value",
                params=[{"key": "e", "value": "1"}, {"key": "e", "value": "2"}],
            ),
            _batch("duplicate tags", tags=[{"key": "d", "value": "1"}, {"key": "d", "value": "2"}]),
            _GET_RUN,
        ),
    ),
    Case(
        "batch_param_immutable",
        (
            experiment(),
            run(),
            _batch("first", params=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]),
            _batch("again", params=[{"key": "a", "value": "1"}, {"key": "c", "value": "3"}]),
            _batch("changed", params=[{"key": "d", "value": "4"}, {"key": "b", "value": "changed"}]),
            _batch("two changed", params=[{"key": "a", "value": "x"}, {"key": "b", "value": "y"}]),
            _GET_RUN,
        ),
    ),
    Case(
        "batch_wrong_types",
        (
            experiment(),
            run(),
            _batch("metrics is an object", metrics={"m": 1}),
            _batch("metrics is text", metrics="m"),
            _batch("metric is text", metrics=["m"]),
            _batch("metric is null", metrics=[None]),
            _batch("metric is a list", metrics=[[1, 2]]),
            _batch("params is an object", params={"lr": "1"}),
            _batch("param is text", params=["lr"]),
            _batch("tag is text", tags=["lr"]),
            _batch("param value is a number", params=[{"key": "p", "value": 5}]),
            _batch("param value is a list", params=[{"key": "p", "value": ["5"]}]),
            _batch("param value is an object", params=[{"key": "p", "value": {"a": 1}}]),
            _batch("param without value", params=[{"key": "novalue"}]),
            _batch("param without key", params=[{"value": "v"}], match_message=True),
            _batch("tag value is a number", tags=[{"key": "t", "value": 5}]),
            _batch("tag without key", tags=[{"value": "v"}], match_message=True),
            _batch("tag without value", tags=[{"key": "novalue"}]),
            _batch("metric without key", metrics=[{"value": 1, "timestamp": 1}], match_message=True),
            _batch("metric without value", metrics=[{"key": "m", "timestamp": 1}], match_message=True),
            _batch("metric without time", metrics=[{"key": "m", "value": 1}], match_message=True),
            _batch("metric value is null", metrics=[{**_POINT, "value": None}]),
            _batch("metric value is true", metrics=[{**_POINT, "key": "true", "value": True}]),
            _batch("metric time is a word", metrics=[{**_POINT, "timestamp": "now"}]),
            _batch("metric time is a fraction", metrics=[{**_POINT, "timestamp": 1.5}]),
            _batch("metric step is a word", metrics=[{**_POINT, "step": "one"}]),
            _batch("metric step over int64", metrics=[{**_POINT, "step": 2**63}]),
            _batch("metric key is a number", metrics=[{**_POINT, "key": 5}]),
            _batch("metric key empty", metrics=[{**_POINT, "key": ""}]),
            _batch("unknown fields in entries", metrics=[{**_POINT, "key": "future", "unit": "m"}]),
            _GET_RUN,
        ),
    ),
    Case(
        "batch_long_values",
        (
            experiment(),
            run(),
            _batch("param of 6001", params=[{"key": "p", "value": "v" * 6001}]),
            _batch("tag of 8001", tags=[{"key": "t", "value": "v" * 8001}]),
            _batch("param key of 251", params=[{"key": "k" * 251, "value": "v"}]),
            _batch("tag key of 251", tags=[{"key": "k" * 251, "value": "v"}]),
            _batch("metric key of 251", metrics=[{**_POINT, "key": "k" * 251}]),
            _GET_RUN,
        ),
    ),
)
