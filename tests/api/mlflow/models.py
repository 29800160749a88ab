"""Logged models as clients make them and see them."""

from __future__ import annotations

from typing import Any

import orjson

from tests.api.mlflow.caller import START_MS, Caller, Reply

ABSENT_MODEL = "m-" + "0" * 32


def new_model(caller: Caller, experiment_id: str = "0", **fields: Any) -> str:
    """The id of a new model."""
    reply = caller.post("logged-models", experiment_id=experiment_id, **fields)
    assert reply.status == 200, reply
    return str(reply.body["model"]["info"]["model_id"])


def model(caller: Caller, model_id: str) -> dict[str, Any]:
    """The model as GET shows it."""
    reply = caller.get(f"logged-models/{model_id}")
    assert reply.status == 200, reply
    return dict(reply.body["model"])


def pairs(caller: Caller, model_id: str, kind: str) -> dict[str, str]:
    """Its params or tags."""
    shown = model(caller, model_id)
    entries = shown["data"].get("params", []) if kind == "params" else shown["info"].get("tags", [])
    return {entry["key"]: entry["value"] for entry in entries}


def log(caller: Caller, run_id: str, model_id: str, value: Any, *, key: str = "rmse", **more: Any) -> None:
    """A point of a metric of a model."""
    point = {"key": key, "value": value, "timestamp": START_MS, "step": 0, "model_id": model_id, **more}
    reply = caller.post("runs/log-metric", run_id=run_id, **point)
    assert reply.status == 200, reply


def metrics(caller: Caller, model_id: str) -> list[tuple[Any, ...]]:
    """Key, value, step and dataset of each metric that GET shows."""
    return [
        (each["key"], each["value"], each["step"], each.get("dataset_name"), each.get("dataset_digest"))
        for each in model(caller, model_id)["data"].get("metrics", [])
    ]


def patch(caller: Caller, path: str, **fields: Any) -> Reply:
    """PATCH of a JSON body."""
    return caller.send("PATCH", path, orjson.dumps(fields))
