"""The forms of jobs."""

from __future__ import annotations

from rest_framework import serializers

from apps.common.api.serializers import PageQuery, Shape, Text
from apps.jobs.models import KIND_LENGTH, JobState

WHEN = "2026-11-23T09:05:00Z"


class JobSearch(PageQuery):
    """Which jobs to list."""

    kind = Text(required=False, max_length=KIND_LENGTH, help_text="Only jobs of this kind.")
    state = serializers.ListField(
        child=serializers.ChoiceField(choices=JobState.values),
        required=False,
        max_length=len(JobState.values),
        help_text="Only jobs in this state; repeat it.",
    )


class JobShape(Shape):
    """A piece of background work."""

    job_id = serializers.CharField(source="pk.hex")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.values, help_text="`failed`: given up after its last attempt.")
    progress_done = serializers.IntegerField(help_text="Of `progress_total`, in the unit of the kind.")
    progress_total = serializers.IntegerField(allow_null=True, help_text="Null where it is not known.")
    note = serializers.CharField(allow_blank=True, help_text="What is being done.")
    error = serializers.CharField(allow_blank=True, help_text="Of the last attempt that failed.")
    attempts = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    created_by = serializers.CharField(source="created_by_label", help_text="`system` for Runfold itself.")
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Not before; an attempt that failed is repeated then.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="Of the latest attempt.")
    ended_at = serializers.DateTimeField(allow_null=True)
    cancel_requested_at = serializers.DateTimeField(allow_null=True)

    example = {
        "job_id": "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c",
        "kind": "usage_totals",
        "state": "running",
        "progress_done": 3,
        "progress_total": 10,
        "note": "",
        "error": "",
        "attempts": 1,
        "max_attempts": 5,
        "created_by": "system",
        "created_at": WHEN,
        "due_at": WHEN,
        "started_at": WHEN,
        "ended_at": None,
        "cancel_requested_at": None,
    }
