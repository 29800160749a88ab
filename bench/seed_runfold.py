"""Fill Runfold's tables with what requests would have written, and let its own worker fold, seal and describe it."""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

from apps.runs.metrics.codec import encode_columns
from bench import bulk
from bench.measuring import NOW_MS
from bench.products import Database, Product
from bench.rows import SeedRun, history_values, seed_runs
from bench.target import Connection, HttpError, Target

_BLOCK_POINTS = 1_000
_DIGEST_SECONDS = 1_800
_COLUMNS = {
    "runs_run": "id, project_id, experiment_id, name, user_name, status, lifecycle, start_time_ms, end_time_ms, "
    "revision, document_revision",
    "runs_param": "project_id, run_id, experiment_id, key, value, value_head",
    "runs_runtag": "project_id, run_id, experiment_id, key, value, value_head",
    "runs_metricblock": "project_id, experiment_id, run_id, point_count, payload, is_folded",
}
# What the worker still has to do.
_UNDONE = {
    "unfolded blocks": "SELECT count(*) FROM runs_metricblock WHERE NOT is_folded",
    "blocks of ended runs": (
        "SELECT count(*) FROM runs_metricblock b JOIN runs_run r ON r.id = b.run_id WHERE r.status = 'FINISHED'"
    ),
    "stale documents": "SELECT count(*) FROM runs_run WHERE revision <> document_revision",
}


def seed(product: Product, *, runs: int, points: int) -> tuple[str, str]:
    """Write the seeded runs and the long metric; return the experiment's number and the metric's run."""
    target = Target(product.uri, product.token)
    connection, database = Connection(target), product.database
    name = f"seeded-{uuid.uuid4().hex}"
    number = str(connection.call(target.post("experiments/create", {"name": name}))["experiment_id"])
    where = f"FROM experiments_experiment WHERE name = '{name}'"
    owner = int(bulk.ask(database, f"SELECT project_id {where}")), int(bulk.ask(database, f"SELECT id {where}"))
    for some in bulk.chunks(seed_runs(runs)):
        bulk.write(database, _COLUMNS, _rows_of_runs(some, *owner, is_sqlite=database.server is None))
    body = {"experiment_id": number, "start_time": NOW_MS - 1}
    long_run = str(connection.call(target.post("runs/create", body))["run"]["info"]["run_id"])
    for values in bulk.chunks(history_values(points), _BLOCK_POINTS):
        steps, times, numbers = zip(*values, strict=True)
        payload = encode_columns(["loss"] * len(steps), steps, times, numbers)
        row = (*owner, long_run, len(steps), payload, False)
        bulk.write(database, _COLUMNS, {"runs_metricblock": [row]})
    connection.call(target.post("runs/update", {"run_id": long_run, "status": "FINISHED", "end_time": NOW_MS}))
    wait_for_digest(database)
    bulk.tidy(database)
    return number, long_run


def wait_for_digest(database: Database) -> None:
    """Wait until the worker has nothing left to do.

    Raises:
        HttpError: it has not finished within half an hour.
    """
    deadline = time.monotonic() + _DIGEST_SECONDS
    shown_at = time.monotonic()
    while True:
        left = {what: int(bulk.ask(database, query)) for what, query in _UNDONE.items()}
        if not any(left.values()):
            return
        if time.monotonic() > deadline:
            raise HttpError(f"the worker did not finish: {left}")
        if time.monotonic() - shown_at > 15:
            shown_at = time.monotonic()
            sys.stderr.write(f"waiting for the worker: {left}\n")
        time.sleep(1)


def _rows_of_runs(
    runs: list[SeedRun], project: int, experiment: int, *, is_sqlite: bool
) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for run in runs:
        run_id, start = run.run_id.hex if is_sqlite else str(run.run_id), run.start_time_ms
        rows["runs_run"].append(
            (run_id, project, experiment, run.name, "", "FINISHED", "active", start, start + 1, 1, 0)
        )
        rows["runs_param"] += [(project, run_id, experiment, key, value, value) for key, value in run.params]
        rows["runs_runtag"] += [(project, run_id, experiment, key, value, value) for key, value in run.tags]
        keys, values = zip(*run.metrics, strict=True)
        payload = encode_columns(keys, [0] * len(keys), [start] * len(keys), values)
        rows["runs_metricblock"].append((project, experiment, run_id, len(keys), payload, False))
    return rows
