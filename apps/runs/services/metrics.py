"""Metric points as MLflow allows them; apps.runs.metrics.ingest stores them."""

from __future__ import annotations

import uuid

from apps.runs.metrics.ingest import log_metrics
from apps.runs.metrics.points import Series
from apps.runs.services.rules import MetricColumns, check_metrics
from apps.teams.access import Access


def log_metric(
    access: Access, *, run_id: uuid.UUID, key: str | Series, step: int, timestamp_ms: int, value: float
) -> None:
    """Log one point of an active run: one statement, durable when this returns.

    Args:
        access: needs RUN_LOG.
        run_id: the run.
        key: of the metric, with the model or dataset it belongs to if any.
        step: any int64.
        timestamp_ms: milliseconds since the epoch, not negative.
        value: any double, NaN and infinities included.

    Raises:
        NotFound: the project has no such run.
        InvalidInput: the key or the time.
        Conflict: the run is deleted.
        StorageUnavailable: the point was not acknowledged; sending it again is safe.
    """
    point = MetricColumns([key], [step], [timestamp_ms], [value])
    check_metrics(point)
    store_metrics(access, run_id=run_id, metrics=point)


def store_metrics(access: Access, *, run_id: uuid.UUID, metrics: MetricColumns) -> None:
    """Store checked points; inside a transaction they are stored with it."""
    log_metrics(
        access,
        run_id=run_id,
        keys=metrics.keys,
        steps=metrics.steps,
        timestamps_ms=metrics.timestamps_ms,
        values=metrics.values,
    )
