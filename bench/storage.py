"""How many bytes a metric point takes on disk once a product has come to rest."""

from __future__ import annotations

import random
import uuid

from bench import bulk, seed_runfold
from bench.measuring import NOW_MS
from bench.products import Product
from bench.resources import settle
from bench.target import Connection, Target

_KEYS, _STEPS_A_REQUEST = 20, 50
_TABLES = {
    "mlflow": ("metrics", "latest_metrics"),
    "runfold": ("runs_metricblock", "runs_metricsegment", "runs_metricsummary"),
}


def bytes_per_point(product: Product, points: int) -> float:
    """Log `points` points of 20 metrics to a run, finish it, wait, and divide what the tables have grown by."""
    tables = _TABLES[product.name]
    copy = product.database.path.with_suffix(".copy")
    settle(product.pids)
    before = bulk.stored_bytes(product.database, tables, copy)
    _log(product, points)
    settle(product.pids)
    if product.name == "runfold":
        seed_runfold.wait_for_digest(product.database)
    return (bulk.stored_bytes(product.database, tables, copy) - before) / points


def _log(product: Product, points: int) -> None:
    target = Target(product.uri, product.token)
    connection = Connection(target)
    name = f"storage-{uuid.uuid4().hex}"
    experiment = connection.call(target.post("experiments/create", {"name": name}))["experiment_id"]
    body = {"experiment_id": experiment, "start_time": NOW_MS}
    run_id = connection.call(target.post("runs/create", body))["run"]["info"]["run_id"]
    rng = random.Random(3)
    for first in range(0, points // _KEYS, _STEPS_A_REQUEST):
        metrics = [
            {"key": f"metric_{key}", "value": rng.random() * 3, "timestamp": NOW_MS + step * 731, "step": step}
            for step in range(first, first + _STEPS_A_REQUEST)
            for key in range(_KEYS)
        ]
        connection.call(target.post("runs/log-batch", {"run_id": run_id, "metrics": metrics}))
    connection.call(target.post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": NOW_MS}))
