"""Single metrics: values, times, steps, keys, the latest one."""

from typing import Any

from tests.mlflow_client.differential.case import (
    ABSENT_RUN,
    Call,
    Case,
    experiment,
    get,
    post,
    raw,
    run,
)


def _log(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    body = {"run_id": "${run}", "key": "m", "value": 1.0, "timestamp": 1, "step": 0, **fields}
    kept = {key: value for key, value in body.items() if value is not _LEFT_OUT}
    return post("runs/log-metric", label, kept, match_message=match_message)


_LEFT_OUT = object()
_GET_RUN = get("runs/get", "read back", ("run_id", "${run}"))


def _history(label: str, key: str) -> Call:
    return get(
        "metrics/get-history",
        label,
        ("run_id", "${run}"),
        ("metric_key", key),
        ("max_results", "100"),
    )


CASES = (
    Case(
        "metric_values",
        (
            experiment(),
            run(),
            _log("float", key="float", value=0.1),
            _log("integer", key="integer", value=3),
            _log("text of a number", key="text", value="1.5"),
            _log("exponent", key="exponent", value=1e300),
            _log("tiny", key="tiny", value=5e-324),
            _log("negative zero", key="zero", value=-0.0),
            _log("NaN as text", key="nan", value="NaN"),
            _log("Infinity as text", key="inf", value="Infinity"),
            _log("-Infinity as text", key="minf", value="-Infinity"),
            raw(
                "runs/log-metric",
                "bare NaN",
                b'{"run_id":"${run}","key":"bare_nan","value":NaN,"timestamp":1}',
            ),
            raw(
                "runs/log-metric",
                "bare Infinity",
                b'{"run_id":"${run}","key":"bare_inf","value":Infinity,"timestamp":1}',
            ),
            _log("nan in lower case", key="low_nan", value="nan"),
            _log("inf in lower case", key="low_inf", value="inf"),
            _log("word", value="high", match_message=True),
            _log("empty text", value=""),
            _log("null", value=None, match_message=True),
            _log("true", key="true", value=True),
            _log("list", value=[1], match_message=True),
            _log("left out", value=_LEFT_OUT, match_message=True),
            raw(
                "runs/log-metric",
                "beyond double",
                b'{"run_id":"${run}","key":"big","value":1e999,"timestamp":1}',
            ),
            _GET_RUN,
            _history("history of NaN", "nan"),
        ),
    ),
    Case(
        "metric_time_and_step",
        (
            experiment(),
            run(),
            _log("no step", key="a", step=_LEFT_OUT),
            _log("negative step", key="b", step=-5),
            _log("negative time", key="c", timestamp=-1),
            _log("largest step", key="d", step=2**63 - 1),
            _log("no time", timestamp=_LEFT_OUT, match_message=True),
            _log("null time", timestamp=None, match_message=True),
            _log("time is a word", timestamp="now", match_message=True),
            _log("time is a fraction", timestamp=1.5),
            _log("step is a word", step="first", match_message=True),
            _log("step is a fraction", step=0.5),
            _log("step over int64", step=2**63),
            _log("step is true", step=True),
            _log("zero time", key="z", timestamp=0),
            _GET_RUN,
        ),
    ),
    Case(
        "metric_keys",
        (
            experiment(),
            run(),
            *(
                _log(f"key {key!r}" if len(key) < 40 else f"key of {len(key)}", key=key)
                for key in (
                    "train/loss",
                    "a b",
                    "a.b-c_d",
                    "a:b",
                    "k" * 250,
                    "k" * 251,
                    "a//b",
                    "a/../b",
                    "../a",
                    "/a",
                    "a/",
                    ".",
                    "..",
                    "./a",
                    "",
                    " ",
                    "a$b",
                    "a|b",
                    "a\nb",
                    "a%b",
                    "a\\b",
                    "é",
                    "日本",
                    "a'b",
                    'a"b',
                    "a;b",
                    "a,b",
                    "a=b",
                    "a[0]",
                    "..a",
                )
            ),
            _log("key is a number", key=5, match_message=True),
            _log("key is null", key=None, match_message=True),
            _log("key left out", key=_LEFT_OUT, match_message=True),
            _GET_RUN,
        ),
    ),
    Case(
        "metric_latest",
        (
            experiment(),
            run(),
            *(
                _log(f"point {i}", key=key, value=value, timestamp=timestamp, step=step)
                for i, (key, value, timestamp, step) in enumerate(
                    (
                        ("by_step", 1, 50, 5),
                        ("by_step", 2, 90, 3),
                        ("by_time", 1, 50, 5),
                        ("by_time", 2, 40, 5),
                        ("by_value", 7, 50, 5),
                        ("by_value", 2, 50, 5),
                        ("nan_then_value", "NaN", 50, 5),
                        ("nan_then_value", 2, 50, 5),
                        ("value_then_nan", 2, 50, 5),
                        ("value_then_nan", "NaN", 50, 5),
                        ("twice", 2, 50, 5),
                        ("twice", 2, 50, 5),
                        ("nan_twice", "NaN", 1, 1),
                        ("nan_twice", "NaN", 1, 1),
                    )
                )
            ),
            _GET_RUN,
            _history("duplicates collapse", "twice"),
            _history("NaN twice", "nan_twice"),
            _history("values at one step", "by_value"),
        ),
    ),
    Case(
        "metric_unknown_run",
        (
            _log("unknown", run_id=ABSENT_RUN),
            _log("no run", run_id=_LEFT_OUT, match_message=True),
            _log("null run", run_id=None, match_message=True),
            _log("empty run", run_id=""),
            _log("run is a number", run_id=7, match_message=True),
            _log("odd run", run_id="../x"),
        ),
    ),
    Case(
        "metric_with_dataset",
        (
            experiment(),
            run(),
            _log("dataset", key="acc", dataset_name="iris", dataset_digest="abc"),
            _log("dataset name is a number", dataset_name=7, match_message=True),
            _log("model id is a number", model_id=7, match_message=True),
            _history("history", "acc"),
            _GET_RUN,
        ),
    ),
)
