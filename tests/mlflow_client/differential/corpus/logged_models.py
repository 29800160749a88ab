"""Logged models: words, params, tags, metrics, search, and the runs that made and used them."""

from __future__ import annotations

import json
from typing import Any

from tests.mlflow_client.differential.case import (
    ABSENT_RUN,
    START_MS,
    Call,
    Case,
    Compare,
    done,
    experiment,
    get,
    post,
    run,
)

ABSENT = f"m-{ABSENT_RUN}"
_MODEL = "logged-models/${model}"


def _made(name: str = "model", **fields: Any) -> Call:
    body = {"experiment_id": "${experiment}", "name": name, **fields}
    return done("logged-models", body, **{name: "model.info.model_id"})


def _create(label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return post("logged-models", label, {"experiment_id": "${experiment}", **fields}, match_message=match_message)


def _get(label: str = "read back", path: str = _MODEL, *query: tuple[str, str], match_message: bool = False) -> Call:
    return get(path, label, *query, match_message=match_message)


def _patch(path: str, label: str, *, match_message: bool = False, **fields: Any) -> Call:
    return Call("PATCH", path, label, body=fields, match_message=match_message)


def _delete(path: str, label: str, *, match_message: bool = False) -> Call:
    return Call("DELETE", path, label, match_message=match_message)


def _point(model: str = "model", value: float = 1, step: int = 0, **more: Any) -> Call:
    fields = {"run_id": "${run}", "key": "rmse", "timestamp": START_MS + step, **more}
    return done("runs/log-metric", {**fields, "value": value, "step": step, "model_id": f"${{{model}}}"})


def _search(label: str, *, how: Compare = Compare.NAMES, match_message: bool = False, **fields: Any) -> Call:
    body = {"experiment_ids": ["${experiment}"], **fields}
    return post("logged-models/search", label, body, compare=how, match_message=match_message)


def _filter(text: str) -> Call:
    return _search(f"filter: {text}", filter=text)


def _refused(text: str) -> Call:
    return _search(f"refused: {text}", filter=text)


def _order(field: str, ascending: bool, **dataset: str) -> Call:
    words = " ".join([field, "up" if ascending else "down", *dataset.values()])
    return _search(f"order: {words}", order_by=[{"field_name": field, "ascending": ascending, **dataset}])


def _pair(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


_TAXI: dict[str, Any] = {"dataset_name": "taxi", "dataset_digest": "d1"}
_THREE = (
    experiment(),
    run(),
    *(
        _made(name, model_type=kind, params=[_pair("depth", depth)], tags=[_pair("task", task)], source_run_id="${run}")
        for name, kind, depth, task in (
            ("first", "Tree", "1", "ranking"),
            ("second", "Tree", "2", "Ranking"),
            ("third", "", "3", "50% off"),
        )
    ),
    _point("first", 3, **_TAXI),
    _point("second", 2, **_TAXI),
    _point("second", 5, dataset_name="other", dataset_digest="d2", key="mae"),
)
_JSON_MODEL = {
    "run_id": "${run}",
    "artifact_path": "model",
    "utc_time_created": "2024-01-01 00:00:00",
    "flavors": {"sklearn": {"code": None}},
    "model_uuid": "u",
}

CASES = (
    Case(
        "logged_model_create",
        (
            experiment(),
            run(),
            _create("name alone", name="plain"),
            _create(
                "everything",
                name="whole",
                model_type="Tree",
                source_run_id="${run}",
                params=[_pair("depth", "3"), _pair("width", "")],
                tags=[_pair("task", "a"), _pair("ü", "日本")],
            ),
            post("logged-models", "no experiment", {"name": "x"}, match_message=True),
            post("logged-models", "empty experiment", {"experiment_id": ""}, match_message=True),
            _create("slash", name="a/b", match_message=True),
            _create("colon", name="a:b", match_message=True),
            _create("dot", name="a.b", match_message=True),
            _create("percent", name="a%b", match_message=True),
            _create("name is a number", name=5, match_message=True),
            _create("params is text", params="x", match_message=True),
            _create("tags is text", tags="x", match_message=True),
            post("logged-models", "absent experiment", {"experiment_id": "987654321", "name": "x"}),
        ),
    ),
    Case(
        "logged_model_life",
        (
            experiment(),
            _made(),
            _get("pending"),
            _patch(_MODEL, "ready", model_id="${model}", status="LOGGED_MODEL_READY"),
            _patch(_MODEL, "failed, as a number", model_id="${model}", status=3),
            _patch(_MODEL, "no status", model_id="${model}", match_message=True),
            _patch(_MODEL, "status of a word", model_id="${model}", status="DONE"),
            _get("after refusals"),
            _delete(_MODEL, "delete"),
            _get("deleted", _MODEL, match_message=True),
            _get("deleted, asked for", _MODEL, ("allow_deleted", "true")),
            _get("deleted, not asked for", _MODEL, ("allow_deleted", "no")),
            _delete(_MODEL, "delete again"),
            _get("absent", f"logged-models/{ABSENT}", match_message=True),
            _delete(f"logged-models/{ABSENT}", "delete absent", match_message=True),
            _patch(
                f"logged-models/{ABSENT}",
                "finish absent",
                match_message=True,
                model_id=ABSENT,
                status="LOGGED_MODEL_READY",
            ),
        ),
    ),
    Case(
        "logged_model_params_and_tags",
        (
            experiment(),
            _made(params=[_pair("depth", "3")], tags=[_pair("task", "a")]),
            post(f"{_MODEL}/params", "params", {"model_id": "${model}", "params": [_pair("width", "5")]}),
            post(f"{_MODEL}/params", "no params", {"model_id": "${model}"}),
            post(
                f"logged-models/{ABSENT}/params",
                "params of an absent model",
                {"model_id": ABSENT, "params": [_pair("a", "b")]},
                match_message=True,
            ),
            _patch(f"{_MODEL}/tags", "tags", tags=[_pair("task", "b"), _pair("x/y", "1"), _pair("task", "c")]),
            _patch(f"{_MODEL}/tags", "no tags"),
            _patch(
                f"logged-models/{ABSENT}/tags", "tags of an absent model", match_message=True, tags=[_pair("a", "b")]
            ),
            _get(),
            _delete(f"{_MODEL}/tags/x/y", "delete tag with a slash"),
            _delete(f"{_MODEL}/tags/task", "delete tag"),
            _delete(f"{_MODEL}/tags/task", "delete tag again", match_message=True),
            _delete(f"logged-models/{ABSENT}/tags/task", "delete tag of an absent model", match_message=True),
            _get("without tags"),
        ),
    ),
    Case(
        "logged_model_metrics",
        (
            experiment(),
            run(),
            _made(),
            _point(value=0.5),
            _point(value=0.25, step=2, **_TAXI),
            _point(value=7, key="mae"),
            _get(),
            _point(value=0.125, step=1),
            _get("a second point"),
        ),
    ),
    Case(
        "logged_model_runs",
        (
            experiment(),
            run(),
            _made(),
            _made("used"),
            post("runs/outputs", "outputs", {"run_id": "${run}", "models": [{"model_id": "${model}", "step": 3}]}),
            post("runs/log-inputs", "inputs", {"run_id": "${run}", "models": [{"model_id": "${used}"}]}),
            get("runs/get", "read back", ("run_id", "${run}")),
            post("runs/outputs", "no run", {"models": []}, match_message=True),
            post("runs/outputs", "no models", {"run_id": "${run}"}, match_message=True),
            post("runs/outputs", "empty models", {"run_id": "${run}", "models": []}),
            post(
                "runs/outputs",
                "absent run",
                {"run_id": ABSENT_RUN, "models": [{"model_id": "${model}"}]},
                match_message=True,
            ),
            post("runs/outputs", "absent model", {"run_id": "${run}", "models": [{"model_id": ABSENT}]}),
        ),
    ),
    Case(
        "logged_model_of_old_clients",
        (
            experiment(),
            run(),
            post("runs/log-model", "model", {"run_id": "${run}", "model_json": json.dumps(_JSON_MODEL)}),
            post("runs/log-model", "no run", {"model_json": "{}"}, match_message=True),
            post("runs/log-model", "no model", {"run_id": "${run}"}, match_message=True),
            post("runs/log-model", "no JSON", {"run_id": "${run}", "model_json": "{"}, match_message=True),
            post(
                "runs/log-model",
                "one field missing",
                {"run_id": "${run}", "model_json": '{"run_id": 1, "flavors": {}, "utc_time_created": 1}'},
                match_message=True,
            ),
            post("runs/log-model", "a list", {"run_id": "${run}", "model_json": "[]"}),
        ),
    ),
    Case(
        "logged_model_search",
        (
            *_THREE,
            _search("all", how=Compare.VALUE),
            post("logged-models/search", "no experiments", {}, match_message=True),
            _search("no experiment", experiment_ids=[]),
            _search("absent experiment", experiment_ids=["987654321"]),
            _search("first two", max_results=2, how=Compare.SHAPE),
            _search("token of nothing", page_token="x"),
            _filter("name = 'first'"),
            _filter("name != 'first'"),
            _filter("attributes.name LIKE '%ir%'"),
            _filter("name ILIKE 'FIR%'"),
            _filter("name IN ('first', 'third')"),
            _filter("name NOT IN ('first', 'third')"),
            _filter("model_type = 'Tree' AND name = 'second'"),
            _filter("params.depth = '2'"),
            _filter("params.depth != '2'"),
            _filter("params.`depth` IN ('1', '3')"),
            _filter("tags.task ILIKE 'rank%'"),
            _filter("tags.task LIKE '50% off'"),
            _filter("metrics.rmse > 2"),
            _filter("metrics.rmse <= 3"),
            _filter("metrics.rmse != 3"),
            _filter("metrics.none > 2"),
            _filter("creation_timestamp > 0"),
            _filter("creation_time < 5"),
            _filter("last_updated_timestamp_ms >= 5"),
            _refused("name > 'a'"),
            _refused("metrics.rmse LIKE 'a'"),
            _refused("name = 'a' OR name = 'b'"),
            _refused("name"),
            _refused("datasets.name = 'taxi'"),
            _search("on a dataset", datasets=[{"dataset_name": "taxi"}]),
            _search("on one of two", datasets=[{"dataset_name": "taxi"}, {"dataset_name": "other"}]),
            _search("on a digest", datasets=[{"dataset_name": "other", "dataset_digest": "d2"}]),
            _search("on another digest", datasets=[{"dataset_name": "other", "dataset_digest": "d1"}]),
            _search("metric on a dataset", filter="metrics.mae > 0", datasets=[_TAXI]),
            _search("dataset without a name", datasets=[{"dataset_digest": "d1"}], match_message=True),
            _order("name", ascending=True),
            _order("creation_time", ascending=True),
            _order("creation_timestamp", ascending=False),
            _order("metrics.rmse", ascending=True),
            _order("metrics.rmse", ascending=False),
            _order("metrics.mae", ascending=True, dataset_name="other"),
            _search("order: nothing", order_by=[{"field_name": "nothing"}], match_message=True),
            _search("order: param", order_by=[{"field_name": "params.depth"}], match_message=True),
        ),
    ),
)
