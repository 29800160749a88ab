"""Metrics of runs: columns in, columns out."""

from __future__ import annotations

import tempfile
import uuid

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.json import JsonRenderer
from apps.common.api.paging import page_of_items
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView
from apps.common.errors import InvalidInput
from apps.runs.api.arrow import ARROW_STREAM
from apps.runs.api.columns import MSGPACK, ArrowPointsParser, JsonPointsParser, MsgpackPointsParser
from apps.runs.api.doors import parsed_run_id, run_route
from apps.runs.api.metric_shapes import (
    MetricPoints,
    MetricPointsOfRuns,
    MetricShape,
    MetricsQuery,
    NewPoints,
    PointsLogged,
    PointsQuery,
    metric_json,
    part_request,
)
from apps.runs.api.renderers import ArrowMetrics, JsonMetrics, MsgpackMetrics
from apps.runs.locate import locate_runs
from apps.runs.metric_parts import metric_part, metric_parts
from apps.runs.metrics.ingest import log_points
from apps.runs.metrics.reads import run_points, series
from apps.runs.metrics.wire import write_parquet
from apps.teams.access import Access, Credential, StaleAccess
from apps.teams.api.doors import signed_in_route
from apps.teams.permissions import Permission

PARQUET = "application/vnd.apache.parquet"
# Larger exports wait on disk while they are sent.
MAX_EXPORT_BYTES_IN_MEMORY = 8 * 1024 * 1024
MAX_METRICS_PER_QUERY = 1_000
COLUMN_RENDERERS = [JsonMetrics, MsgpackMetrics, ArrowMetrics]


class MetricList(ApiView):
    """The metrics of a run."""

    tag = "metrics"
    parser_classes = [JsonPointsParser, MsgpackPointsParser, ArrowPointsParser]

    @run_route(Permission.PROJECT_READ, readonly=True)
    @operation("listMetrics", response=page_of(MetricShape), query=PageQuery)
    def get(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """List a run's metrics by key, each with its latest, first, least and greatest value."""
        metrics = series(access, run_id)
        page = page_of_items(
            metrics, query(PageQuery, request), scope=f"metrics of {run_id.hex}", key=lambda metric: [metric.key]
        )
        items = [metric_json(metric) for metric in page.items]
        return Response({"items": items, "next_page_token": page.next_page_token})

    # Outside a transaction, so that points of concurrent requests may share one.
    @run_route(Permission.RUN_LOG, binds=False)
    @operation(
        "logMetrics", request=NewPoints, response=PointsLogged, request_media=(MSGPACK, ARROW_STREAM), refusals=(409,)
    )
    def post(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Log points of an active run: at most 100,000 a request, in any order, of any number of metrics.

        They are durable and visible when the answer comes. Sending the same points again is safe: an exact duplicate
        is the same point.
        """
        if not isinstance(request.data, dict) or "points" not in request.data:
            raise InvalidInput("missing_body", "Send points: there is no body.", field="series")
        points = request.data["points"]
        log_points(access, run_id=run_id, points=points)
        return Response({"point_count": len(points)})


class MetricDetail(ApiView):
    """One metric of a run."""

    tag = "metrics"
    renderer_classes = COLUMN_RENDERERS

    @run_route(Permission.PROJECT_READ, readonly=True)
    @operation("getMetric", response=MetricPoints, query=PointsQuery, media=(MSGPACK, ARROW_STREAM))
    def get(self, request: Request, access: Access, run_id: uuid.UUID, key: str) -> Response:
        """Get the points of a metric, all or reduced without losing an extreme. The key may contain slashes.

        In the order of step (then time), or of time (then step) with x=time; exact duplicates are one point.
        """
        return Response(metric_part(access, run_id, key, part_request(query(PointsQuery, request))))


class MetricQuery(ApiView):
    """Metrics of many runs at once."""

    tag = "metrics"
    renderer_classes = COLUMN_RENDERERS

    @signed_in_route
    @operation(
        "queryMetrics",
        request=MetricsQuery,
        response=MetricPointsOfRuns,
        media=(MSGPACK, ARROW_STREAM),
        refusals=(404,),
    )
    def post(self, request: Request, credential: Credential) -> Response:
        """Get points of up to 100 metrics of up to 100 runs, 1,000 together, of any projects that the actor sees.

        A run that is not there, or not the actor's to see, is a 404 of the whole query.
        """
        wanted = body(MetricsQuery, request)
        run_ids = list(dict.fromkeys(map(parsed_run_id, wanted["run_ids"])))
        keys = list(dict.fromkeys(wanted["keys"]))
        if len(run_ids) * len(keys) > MAX_METRICS_PER_QUERY:
            message = f"At most {MAX_METRICS_PER_QUERY} metrics: ask for fewer runs or keys at a time."
            raise InvalidInput("too_many_metrics", message, field="keys")
        try:
            accesses = locate_runs(credential, run_ids)
            parts = metric_parts(accesses, keys, part_request(wanted))
        except StaleAccess:
            accesses = locate_runs(credential, run_ids)
            parts = metric_parts(accesses, keys, part_request(wanted))
        return Response(parts)


class MetricExport(ApiView):
    """All points of a run in a file."""

    tag = "metrics"
    renderer_classes = [JsonRenderer]

    @run_route(Permission.PROJECT_READ, readonly=True)
    @operation("exportMetrics", media=(PARQUET,))
    def get(self, _request: Request, access: Access, run_id: uuid.UUID) -> FileResponse:
        """Get every point of a run as Parquet, by metric and step.

        The columns are key, step, timestamp_ms, value, model_id, dataset_name and dataset_digest.
        """
        file = tempfile.SpooledTemporaryFile(max_size=MAX_EXPORT_BYTES_IN_MEMORY)  # noqa: SIM115 - the response closes it
        write_parquet(run_points(access, run_id), file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"{run_id.hex}.parquet", content_type=PARQUET)
