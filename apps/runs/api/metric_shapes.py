"""The forms of metrics: columns that go in, columns that come out, summaries."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.common.api.serializers import Input, Shape, Text
from apps.experiments.api.serializers import WHEN_MS
from apps.runs.api.serializers import MAX_INT64, RUN_ID, LatestMetric, Number
from apps.runs.chart_data import XAxis
from apps.runs.metric_parts import PartRequest
from apps.runs.metrics.fold import Metric
from apps.runs.metrics.wire import json_number

MIN_INT64 = -(2**63)
AXES = [axis.value for axis in XAxis]
COLUMNS = {"step": [0, 1, 2], "timestamp_ms": [WHEN_MS, WHEN_MS + 250, WHEN_MS + 500], "value": [0.9, 0.5, "NaN"]}


class ColumnsShape(Shape):
    """Points of one metric, in columns of equal length."""

    step = serializers.ListField(child=serializers.IntegerField())
    timestamp_ms = serializers.ListField(child=serializers.IntegerField())
    value = serializers.ListField(child=Number())

    example = COLUMNS


class NewPoints(Input):
    """Points to log, by key.

    In msgpack the same, where a column may also be binary: little-endian int64, int64 and float64. As an Arrow stream
    a table with the columns key, step, timestamp_ms and value, its buffers not compressed.
    """

    series = serializers.DictField(child=ColumnsShape())

    example = {"series": {"loss": COLUMNS}}


class PointsLogged(Shape):
    """What was stored."""

    point_count = serializers.IntegerField()

    example = {"point_count": 3}


class MetricShape(Shape):
    """What is known of a metric without its points."""

    key = serializers.CharField()
    point_count = serializers.IntegerField(
        help_text="As logged: a point that was sent twice may count twice for a while."
    )
    latest = LatestMetric()
    first = LatestMetric()
    min_value = Number(allow_null=True)
    max_value = Number(allow_null=True)

    example = {
        "key": "loss",
        "point_count": 3,
        "latest": LatestMetric.example,
        "first": LatestMetric.example,
        "min_value": 0.5,
        "max_value": 0.9,
    }


class MetricPoints(Shape):
    """Points of one metric of one run.

    In msgpack the columns are binary: little-endian int64, int64 and float64. An Arrow stream is one table with the
    columns run_id, key, step, timestamp_ms, value, model_id, dataset_name and dataset_digest.
    """

    run_id = serializers.CharField()
    key = serializers.CharField()
    total_count = serializers.IntegerField(help_text="Points in the range, before they were reduced.")
    step = serializers.ListField(child=serializers.IntegerField())
    timestamp_ms = serializers.ListField(child=serializers.IntegerField())
    value = serializers.ListField(child=Number())

    example = {"run_id": RUN_ID, "key": "loss", "total_count": 3} | COLUMNS


class MetricPointsOfRuns(Shape):
    """Points of several metrics of several runs; what was never logged is left out."""

    series = MetricPoints(many=True)

    example = {"series": [MetricPoints.example]}


class _Range(Input):
    x = serializers.ChoiceField(choices=AXES, default="step", help_text="The order, and what points are reduced along.")
    from_step = serializers.IntegerField(required=False, min_value=MIN_INT64, max_value=MAX_INT64)
    to_step = serializers.IntegerField(required=False, min_value=MIN_INT64, max_value=MAX_INT64)
    from_ms = serializers.IntegerField(required=False, min_value=MIN_INT64, max_value=MAX_INT64)
    to_ms = serializers.IntegerField(required=False, min_value=MIN_INT64, max_value=MAX_INT64)


class PointsQuery(_Range):
    """Which points of a metric."""

    points = serializers.IntegerField(
        required=False,
        min_value=5,
        max_value=100_000,
        help_text="Reduce to at most so many, keeping first, last, least and greatest of each part; all if there is none.",
    )


class MetricsQuery(_Range):
    """Which metrics of which runs."""

    run_ids = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=100)
    keys = serializers.ListField(child=Text(max_length=250), min_length=1, max_length=100)
    points = serializers.IntegerField(default=500, min_value=5, max_value=10_000, help_text="Of each metric, at most.")

    example = {"run_ids": [RUN_ID], "keys": ["loss"], "points": 200}


def part_request(wanted: dict[str, Any]) -> PartRequest:
    """What a checked query asks for."""
    bounds = {name: wanted.get(name) for name in ("from_step", "to_step", "from_ms", "to_ms")}
    return PartRequest(axis=XAxis(wanted["x"]), max_points=wanted.get("points"), **bounds)


def metric_json(metric: Metric) -> dict[str, Any]:
    """A metric of a list."""
    first_value = json_number(metric.first_value)
    return {
        "key": metric.key,
        "point_count": metric.point_count,
        "latest": {"value": json_number(metric.value), "step": metric.step, "timestamp_ms": metric.timestamp_ms},
        "first": {"value": first_value, "step": metric.first_step, "timestamp_ms": metric.first_timestamp_ms},
        "min_value": None if metric.min_value is None else json_number(metric.min_value),
        "max_value": None if metric.max_value is None else json_number(metric.max_value),
    }
