"""Params, which never change, and tags, which may."""

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


def _param(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return post("runs/log-parameter", label, {"run_id": "${run}", **fields}, match_message=match_message)


def _tag(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return post("runs/set-tag", label, {"run_id": "${run}", **fields}, match_message=match_message)


CASES = (
    Case(
        "param",
        (
            experiment(),
            run(),
            _param("set", key="lr", value="0.1"),
            _param("same again", key="lr", value="0.1"),
            _param("other value", key="lr", value="0.2"),
            _param("empty value", key="empty", value=""),
            _param("no value", key="none"),
            _param("null value", key="null", value=None),
            _param("value is a number", key="number", value=5, match_message=True),
            _param("value is true", key="bool", value=True, match_message=True),
            _param("value of 6000", key="long", value="v" * 6000),
            _param("unicode value", key="unicode", value="日本 ü 😀"),
            _param("control characters", key="control", value="a\u0001b\tc\n"),
            _param("no key", value="v", match_message=True),
            _param("empty key", key="", value="v"),
            _param("key is a number", key=7, value="v", match_message=True),
            _param("key of 251", key="k" * 251, value="v"),
            _param("bad key", key="a$b", value="v"),
            _param("path key", key="a/../b", value="v"),
            _param("slash key", key="model/lr", value="v"),
            _GET_RUN,
            post(
                "runs/log-parameter",
                "unknown run",
                {"run_id": ABSENT_RUN, "key": "a", "value": "b"},
            ),
            post("runs/log-parameter", "no run", {"key": "a", "value": "b"}, match_message=True),
        ),
    ),
    Case(
        "param_too_long",
        (
            experiment(),
            run(),
            _param("value of 6001", key="long", value="v" * 6001),
            _param("the same long value again", key="long", value="v" * 6001),
            post(
                "runs/search",
                "cut to 6000",
                {
                    "experiment_ids": ["${experiment}"],
                    "max_results": 5,
                    "filter": f"params.long = '{'v' * 6000}'",
                },
                compare=Compare.SHAPE,
            ),
        ),
    ),
    Case(
        "param_with_nul",
        (
            experiment(),
            run(),
            _param("NUL in the value", key="nul", value="a\u0000b"),
        ),
    ),
    Case(
        "tag",
        (
            experiment(),
            run(),
            _tag("set", key="colour", value="red"),
            _tag("overwrite", key="colour", value="blue"),
            _tag("empty value", key="empty", value=""),
            _tag("no value", key="none"),
            _tag("value is a number", key="number", value=5, match_message=True),
            _tag("value of 8000", key="long", value="v" * 8000),
            _tag("value of 8001", key="longer", value="v" * 8001),
            _tag("system tag", key="mlflow.note.content", value="# note"),
            _tag("user", key="mlflow.user", value="bob"),
            _tag("no key", value="v", match_message=True),
            _tag("empty key", key="", value="v"),
            _tag("key is a number", key=7, value="v", match_message=True),
            _tag("key of 251", key="k" * 251, value="v"),
            _tag("bad key", key="a$b", value="v"),
            post("runs/delete-tag", "delete", {"run_id": "${run}", "key": "colour"}),
            post("runs/delete-tag", "delete absent", {"run_id": "${run}", "key": "colour"}),
            post("runs/delete-tag", "delete without key", {"run_id": "${run}"}, match_message=True),
            post("runs/delete-tag", "delete of unknown run", {"run_id": ABSENT_RUN, "key": "a"}),
            _GET_RUN,
            post("runs/set-tag", "unknown run", {"run_id": ABSENT_RUN, "key": "a", "value": "b"}),
            post("runs/set-tag", "no run", {"key": "a", "value": "b"}, match_message=True),
        ),
    ),
)
