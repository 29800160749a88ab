"""Single points in, histories out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

import numpy as np
from django.http import StreamingHttpResponse

from apps.common.errors import InvalidInput, NotFound
from apps.common.ids import parse_hex_id
from apps.common.pagination import read_page_token, sign_page_token
from apps.mlflow_api import responses
from apps.mlflow_api.identifiers import run_key
from apps.mlflow_api.routing import Answer
from apps.mlflow_api.schemas import metrics as schemas
from apps.mlflow_api.schemas.runs import LogMetric
from apps.runs.metrics import reads
from apps.runs.metrics.downsample import PER_BUCKET, downsample
from apps.runs.metrics.merge import by_time
from apps.runs.metrics.outline import Outlined, whole
from apps.runs.metrics.points import Points, Series
from apps.runs.metrics.wire import CHUNK_POINTS, metric_json
from apps.runs.queries import known_runs
from apps.runs.services import log_metric as log_point
from apps.teams.access import Access

MAX_BULK_POINTS = 25_000


def log_metric(access: Access, message: LogMetric) -> bytes:
    """POST runs/log-metric."""
    key: str | Series = message.key
    if message.model_id or message.dataset_name or message.dataset_digest:
        key = Series(message.key, message.model_id, message.dataset_name, message.dataset_digest)
    log_point(
        access,
        run_id=run_key(message.run_id),
        key=key,
        step=message.step,
        timestamp_ms=message.timestamp,
        value=float(message.value),
    )
    return responses.EMPTY


def get_history(access: Access, message: schemas.GetHistory) -> Answer:
    """GET metrics/get-history: by time, step and value; whole without max_results. An unknown run has no points."""
    limit = message.max_results
    if limit is not None and limit < 1:
        text = f"Invalid value {limit} for parameter 'max_results' supplied. It must be a positive integer."
        raise InvalidInput("invalid_page_size", text, field="max_results")
    scope = f"history\n{access.project.id}\n{message.run_id}\n{message.metric_key}"
    start: int = read_page_token(scope, message.page_token)[0] if message.page_token else 0
    try:
        points = by_time(reads.history(access, run_key(message.run_id), message.metric_key))
    except NotFound:
        return responses.EMPTY
    page = points.take(slice(start, None if limit is None else start + limit))
    if not len(page):
        return responses.EMPTY
    has_more = start + len(page) < len(points)
    token = sign_page_token(scope, [start + len(page)]) if has_more else ""
    return _stream(page, b',"next_page_token":' + responses.encode_text(token) if token else b"")


def get_history_bulk(access: Access, message: schemas.GetHistoryBulk) -> bytes:
    """GET metrics/get-history-bulk: several runs, one after another, at most 25,000 points in all."""
    if not message.run_id:
        raise InvalidInput("missing_parameter", "GetMetricHistoryBulk request must specify at least one run_id.")
    if (count := len(message.run_id)) > schemas.MAX_RUNS:
        raise InvalidInput(
            "too_many_runs",
            f"GetMetricHistoryBulk request cannot specify more than {schemas.MAX_RUNS} run_ids."
            f" Received {count} run_ids.",
        )
    if message.metric_key is None:
        raise InvalidInput("missing_parameter", "GetMetricHistoryBulk request must specify a metric_key.")
    left = min(MAX_BULK_POINTS if message.max_results is None else max(message.max_results, 0), MAX_BULK_POINTS)
    pages = []
    for run_id, points in sorted(_histories(access, message.run_id, message.metric_key).items()):
        pages.append((run_id, by_time(points).take(slice(0, left))))
        left -= len(pages[-1][1])
    return b'{"metrics":[' + _joined(pages) + b"]}"


def get_history_bulk_interval(access: Access, message: schemas.GetHistoryBulkInterval) -> bytes:
    """GET metrics/get-history-bulk-interval: for charts, at most 2,500 points a run, by step.

    Where there are more, least and greatest value of every part of the axis stay, so that no spike is lost.
    """
    start, end = message.start_step, message.end_step
    if (start is None) != (end is None):
        text = "If either start step or end step are specified, both must be specified."
        raise InvalidInput("invalid_interval", text, field="start_step")
    if start is not None and end is not None and start > end:
        text = f"end_step must be greater than start_step. Found start_step={start} and end_step={end}."
        raise InvalidInput("invalid_interval", text, field="end_step")
    limit = message.max_results or schemas.MAX_INTERVAL_POINTS
    if start is None and limit >= PER_BUCKET:
        wanted = _known_runs(access, message.run_ids)
        outlined = reads.outlines(access, wanted, [message.metric_key], parts=limit // PER_BUCKET)
        pages = [(run_id, _sample(by_key[message.metric_key], limit)) for run_id, by_key in outlined.items()]
    else:
        found = _histories(access, message.run_ids, message.metric_key)
        pages = [(run_id, _sample(whole(_between(points, start, end)), limit)) for run_id, points in found.items()]
    elements = _joined(pages)
    return b'{"metrics":[' + elements + b"]}" if elements else responses.EMPTY


def _histories(access: Access, texts: Iterable[str], key: str) -> dict[uuid.UUID, Points]:
    """The points of the runs that are the project's, sorted by step, time and value; the others have none."""
    wanted = _known_runs(access, texts)
    return {run_id: points[key] for run_id, points in reads.histories(access, wanted, [key]).items()}


def _known_runs(access: Access, texts: Iterable[str]) -> list[uuid.UUID]:
    return known_runs(access, [run_id for text in texts if (run_id := parse_hex_id(text)) is not None])


def _between(points: Points, start: int | None, end: int | None) -> Points:
    if start is None or end is None:
        return points
    first, last = np.searchsorted(points.step, start, "left"), np.searchsorted(points.step, end, "right")
    return points.take(slice(int(first), int(last)))


def _sample(found: Outlined, limit: int) -> Points:
    """At most `limit` points: the last is always among them, and so is the first if more than one may stay."""
    points = found.points
    count = len(points)
    if count <= limit:
        return points
    if limit < PER_BUCKET:
        return points.take(np.linspace(count - 1, 0, limit).astype(np.int64)[::-1])
    return points.take(downsample(points.step, points.value, limit // PER_BUCKET, found.cuts))


def _joined(pages: Iterable[tuple[uuid.UUID, Points]]) -> bytes:
    """The points of several runs as the elements of one JSON array."""
    return b",".join(b"".join(metric_json(points, run_id=run_id.hex)) for run_id, points in pages if len(points))


def _stream(points: Points, suffix: bytes) -> Answer:
    """A long history leaves in chunks: the answer never stands in memory whole."""

    def chunks() -> Iterator[bytes]:
        yield b'{"metrics":['
        yield from metric_json(points)
        yield b"]" + suffix + b"}"

    if len(points) <= CHUNK_POINTS:
        return b"".join(chunks())
    return StreamingHttpResponse(chunks(), content_type="application/json")
