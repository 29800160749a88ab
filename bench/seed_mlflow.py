"""Fill MLflow's tables directly: through its API it would take hours."""

from __future__ import annotations

import uuid
from typing import Any

from bench import bulk
from bench.measuring import NOW_MS
from bench.products import Product
from bench.rows import SeedRun, history_values, seed_runs
from bench.target import Connection, Target

_COLUMNS = {
    "runs": "run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
    "experiment_id",
    "params": "key, value, run_uuid",
    "tags": "key, value, run_uuid",
    "metrics": "key, value, timestamp, run_uuid, step, is_nan",
    "latest_metrics": "key, value, timestamp, step, is_nan, run_uuid",
}


def seed(product: Product, *, runs: int, points: int) -> tuple[str, str]:
    """Write the seeded runs and the long metric; return the experiment's id and the metric's run."""
    target = Target(product.uri)
    connection = Connection(target)
    name = f"seeded-{uuid.uuid4().hex}"
    experiment = str(connection.call(target.post("experiments/create", {"name": name}))["experiment_id"])
    for some in bulk.chunks(seed_runs(runs)):
        bulk.write(product.database, _COLUMNS, _rows_of_runs(some, int(experiment)))
    body = {"experiment_id": experiment, "start_time": NOW_MS - 1}
    long_run = str(connection.call(target.post("runs/create", body))["run"]["info"]["run_id"])
    for values in bulk.chunks(history_values(points)):
        rows = [("loss", value, time_ms, long_run, step, False) for step, time_ms, value in values]
        bulk.write(product.database, _COLUMNS, {"metrics": rows})
    bulk.tidy(product.database)
    return experiment, long_run


def _rows_of_runs(runs: list[SeedRun], experiment: int) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for run in runs:
        run_id, start = run.run_id.hex, run.start_time_ms
        uri = f"mlflow-artifacts:/{experiment}/{run_id}/artifacts"
        rows["runs"].append((run_id, run.name, "UNKNOWN", "", "FINISHED", start, start + 1, "active", uri, experiment))
        rows["params"] += [(key, value, run_id) for key, value in run.params]
        rows["tags"] += [(key, value, run_id) for key, value in run.tags]
        rows["metrics"] += [(key, value, start, run_id, 0, False) for key, value in run.metrics]
        rows["latest_metrics"] += [(key, value, start, 0, False, run_id) for key, value in run.metrics]
    return rows
