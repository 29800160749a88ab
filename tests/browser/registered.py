"""A registered model with a past: logged by runs on a dataset, tuned from another model, copied, with aliases."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

import requests

from tests.browser.visitor import Visitor

NAME = "taxi-duration"
DESCRIPTION = """# Minutes from the pick-up to the drop-off

Trained on **yellow taxis**, see [the paper](https://example.test/paper).

| month | rmse |
|-------|-----:|
| May   | 5.22 |

- no airports
- no <script>document.title = "ran"</script> nights
"""


@dataclass(frozen=True, slots=True)
class Registered:
    """What was made."""

    base_run: str
    tuner_run: str


def register_models(visitor: Visitor) -> Registered:
    """Three versions of one model: of a base model, of one tuned from it, and a copy; the second is the champion."""
    base_run = _run(visitor, "base, all of May", depth="6", rmse=5.61)
    base = _log_model(visitor, base_run, "xgboost-base", b"base")
    tuner_run = _run(visitor, "tuned with a rather long name that does not fit", depth="9", rmse=5.22)
    visitor.mlflow("runs/log-inputs", run_id=tuner_run, models=[{"model_id": base}])
    tuned = _log_model(visitor, tuner_run, "xgboost-tuned", b"tuned")
    visitor.mlflow("registered-models/create", name=NAME, description=DESCRIPTION, tags=[_pair("task", "regression")])
    visitor.mlflow("registered-models/create", name="released")
    for model, words in ((base, "The first one."), (tuned, "*Tuned* from the first one.")):
        visitor.mlflow("model-versions/create", name=NAME, source=f"models:/{model}", description=words)
    visitor.mlflow("model-versions/create", name="released", source=f"models:/{NAME}/2")
    visitor.mlflow("registered-models/alias", name=NAME, alias="champion", version="2")
    visitor.mlflow("model-versions/set-tag", name=NAME, version="2", key="checked-by", value="ada")
    return Registered(base_run, tuner_run)


def _run(visitor: Visitor, name: str, *, depth: str, rmse: float) -> str:
    run_id = visitor.log_run(
        name, values={"rmse": [rmse + 1, rmse], "mae": [3.5]}, params={"depth": depth, "eta": "0.1"}
    )
    dataset = {"name": "yellow-taxis", "digest": "2f9a11c0", "source_type": "local", "source": "may.parquet"}
    tags = [_pair("mlflow.data.context", "training")]
    visitor.mlflow("runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": tags}])
    return run_id


def _log_model(visitor: Visitor, run_id: str, name: str, content: bytes) -> str:
    created = visitor.mlflow("logged-models", experiment_id="0", name=name, source_run_id=run_id)
    model_id: str = created["model"]["info"]["model_id"]
    for path, body in (("MLmodel", b"flavors: {}\n"), ("model.ubj", content), ("only/" + name, content)):
        address = f"0/models/{model_id}/artifacts/{quote(path)}"
        answer = requests.put(
            f"{visitor.project_url}/api/2.0/mlflow-artifacts/artifacts/{address}",
            data=body,
            headers={"Authorization": f"Bearer {visitor.token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
    metric = {"key": "rmse", "value": len(content) / 7, "timestamp": time.time_ns() // 1_000_000, "step": 0}
    metric |= {"model_id": model_id, "dataset_name": "yellow-taxis", "dataset_digest": "2f9a11c0"}
    visitor.mlflow("runs/log-batch", run_id=run_id, metrics=[metric])
    visitor.mlflow("runs/outputs", run_id=run_id, models=[{"model_id": model_id, "step": 0}])
    return model_id


def _pair(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}
