"""One metric over many runs."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.json import json_answer
from apps.common.api.schema import operation
from apps.common.api.serializers import body
from apps.common.api.views import ApiView
from apps.projects.api.doors import project_route
from apps.runs.aggregates.answer import Waiting, aggregate_metric
from apps.runs.aggregates.plan import AggregateRequest
from apps.runs.api.arrow import ARROW_STREAM
from apps.runs.api.columns import MSGPACK
from apps.runs.api.curve_renderers import ArrowCurves, CurvesAnswer, JsonCurves, MsgpackCurves
from apps.runs.api.curve_shapes import AggregateJob, AggregateQuery, CurvesShape
from apps.teams.access import Access
from apps.teams.permissions import Permission


class MetricAggregation(ApiView):
    """Curves over the runs of an experiment."""

    tag = "metrics"
    renderer_classes = [JsonCurves, MsgpackCurves, ArrowCurves]

    # Outside a transaction: points may have to be folded before the runs can be chosen.
    @project_route(Permission.PROJECT_READ, binds=False)
    @operation(
        "aggregateMetric",
        request=AggregateQuery,
        response=CurvesShape,
        accepted=AggregateJob,
        media=(MSGPACK, ARROW_STREAM),
    )
    def post(self, request: Request, access: Access) -> HttpResponseBase:
        """Get least, greatest, mean and median of a metric over many runs, by step, by the value of a param or tag.

        Up to 2,000 runs and 2,000,000 points are computed at once. More are computed by a job: a 202, and a 200 when
        it has succeeded. Where curves of an earlier moment are kept, they come at once, with `is_stale`.
        """
        asked = body(AggregateQuery, request)
        wanted = AggregateRequest(
            experiment_number=asked["experiment_id"],
            key=asked["key"],
            filter=asked.get("filter", ""),
            group_by=asked.get("group_by", ""),
            buckets=asked["buckets"],
        )
        answer = aggregate_metric(access, wanted)
        if isinstance(answer, Waiting):
            job = answer.job
            progress = {"progress_done": job.progress_done, "progress_total": job.progress_total}
            return json_answer({"job_id": job.pk.hex, "state": job.state, **progress}, status=202)
        return Response(CurvesAnswer(wanted, answer.curves, answer.job.pk.hex if answer.job else None))
