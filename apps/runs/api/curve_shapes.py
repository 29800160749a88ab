"""The forms of aggregates: a question about many runs, curves of groups, a job to wait for."""

from __future__ import annotations

from rest_framework import serializers

from apps.common.api.serializers import Input, RowId, Shape, Text
from apps.experiments.api.serializers import WHEN_MS
from apps.runs.aggregates.plan import DEFAULT_BUCKETS, MAX_BUCKETS
from apps.runs.api.serializers import Number

_COLUMN_HELP = "One entry a part of the axis; null where no run of the group has a value."


class AggregateQuery(Input):
    """Which metric of which runs, and by what to group them."""

    experiment_id = RowId()
    key = Text(max_length=250, help_text="Of the metric.")
    filter = Text(
        required=False, allow_blank=True, max_length=4_000, help_text="Which active runs, in the language of searches."
    )
    group_by = Text(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="A param or tag, as params.model; one group if none.",
    )
    buckets = serializers.IntegerField(
        default=DEFAULT_BUCKETS,
        min_value=1,
        max_value=MAX_BUCKETS,
        help_text="Into how many parts the steps are cut at most; one a step where there are fewer.",
    )

    example = {"experiment_id": 1, "key": "loss", "filter": "params.lr = '0.01'", "group_by": "params.model"}


class GroupCurveShape(Shape):
    """The runs that share a value. Each counts once in each part of the axis, with its last value there that is not NaN."""

    group = serializers.CharField(allow_null=True, help_text="The value; null for runs without it, or for all runs.")
    run_count = serializers.IntegerField()
    count = serializers.ListField(
        child=serializers.IntegerField(), help_text="Runs with a value, one entry a part of the axis."
    )
    min = serializers.ListField(child=Number(allow_null=True), help_text=_COLUMN_HELP)
    max = serializers.ListField(child=Number(allow_null=True), help_text=_COLUMN_HELP)
    mean = serializers.ListField(child=Number(allow_null=True), help_text=_COLUMN_HELP)
    median = serializers.ListField(child=Number(allow_null=True), help_text=_COLUMN_HELP)

    example = {
        "group": "xgboost",
        "run_count": 2,
        "count": [2, 2, 1],
        "min": [0.9, 0.5, 0.4],
        "max": [1.1, 0.7, 0.4],
        "mean": [1.0, 0.6, 0.4],
        "median": [1.0, 0.6, 0.4],
    }


class CurvesShape(Shape):
    """Curves of groups of runs over one axis of steps.

    In msgpack the columns are binary: step and count little-endian int64, the others float64 with NaN where there is no
    value. An Arrow stream is one table with the columns group, step, count, min, max, mean and median.
    """

    experiment_id = serializers.IntegerField()
    key = serializers.CharField()
    group_by = serializers.CharField(allow_blank=True)
    step = serializers.ListField(child=serializers.IntegerField(), help_text="The first step of each part of the axis.")
    to_step = serializers.IntegerField(allow_null=True, help_text="The last step; null where there are no points.")
    series = GroupCurveShape(many=True, help_text="The largest group first, at most 50.")
    group_count = serializers.IntegerField(help_text="How many groups there are, given or not.")
    run_count = serializers.IntegerField(help_text="Runs that have the metric.")
    has_more_runs = serializers.BooleanField(help_text="More than 10,000 runs match: these are the newest.")
    point_count = serializers.IntegerField()
    computed_at_ms = serializers.IntegerField()
    is_stale = serializers.BooleanField(help_text="Runs or points have changed since; `job_id` computes it afresh.")
    job_id = serializers.CharField(allow_null=True)

    example = {
        "experiment_id": 1,
        "key": "loss",
        "group_by": "params.model",
        "step": [0, 1, 2],
        "to_step": 2,
        "series": [GroupCurveShape.example],
        "group_count": 1,
        "run_count": 2,
        "has_more_runs": False,
        "point_count": 5,
        "computed_at_ms": WHEN_MS,
        "is_stale": False,
        "job_id": None,
    }


class AggregateJob(Shape):
    """The job that computes the curves: ask again when it has succeeded."""

    job_id = serializers.CharField()
    state = serializers.CharField()
    progress_done = serializers.IntegerField(help_text="Runs.")
    progress_total = serializers.IntegerField(allow_null=True, help_text="Runs; null before it is known.")

    example = {
        "job_id": "0199a3f2c1d07c2e8f4b5a6d7e8f9012",
        "state": "running",
        "progress_done": 1200,
        "progress_total": 8000,
    }
