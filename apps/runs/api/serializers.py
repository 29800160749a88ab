"""The forms of runs and of what is logged to them."""

from __future__ import annotations

from typing import Any

import orjson
from rest_framework import serializers

from apps.common.api.serializers import Input, RowId, Shape, Text, TextMap
from apps.experiments.api.serializers import WHEN_MS, SearchQuery
from apps.runs.models import Run, RunStatus
from apps.runs.queries import RunDetails
from apps.runs.search.query import RunRow
from apps.runs.services.rules import MAX_PARAM_VALUE_LENGTH, MAX_TAG_VALUE_LENGTH, MAX_USER_NAME_LENGTH
from apps.teams.access import Access

MAX_INT64 = 2**63 - 1
STATUSES = [status.value for status in RunStatus]
RUN_ID = "0199a3f2c1d07c2e8f4b5a6d7e8f9012"
NUMBER_HELP = 'A number; "NaN", "Infinity" or "-Infinity" for what JSON has no number for.'


class Number(serializers.JSONField):
    """A double in JSON."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text=NUMBER_HELP, **options)


class LatestMetric(Shape):
    """The latest point of a metric: the greatest by step, time and value."""

    value = Number()
    step = serializers.IntegerField()
    timestamp_ms = serializers.IntegerField()

    example = {"value": 0.0213, "step": 400, "timestamp_ms": WHEN_MS}


class RunShape(Shape):
    """A run and what was logged to it, but the histories of its metrics."""

    run_id = serializers.CharField(help_text="32 hex digits.")
    team = serializers.CharField()
    project = serializers.CharField()
    experiment_id = serializers.IntegerField()
    name = serializers.CharField()
    user_name = serializers.CharField(help_text="Whom the client named as author: a text, no identity.")
    status = serializers.ChoiceField(choices=STATUSES)
    lifecycle = serializers.ChoiceField(choices=["active", "deleted"])
    start_time_ms = serializers.IntegerField()
    end_time_ms = serializers.IntegerField(allow_null=True)
    params = serializers.DictField(child=serializers.CharField())
    tags = serializers.DictField(child=serializers.CharField())
    metrics = serializers.DictField(child=LatestMetric())

    example = {
        "run_id": RUN_ID,
        "team": "acme",
        "project": "vision",
        "experiment_id": 1,
        "name": "gifted-owl-481",
        "user_name": "ada",
        "status": "FINISHED",
        "lifecycle": "active",
        "start_time_ms": WHEN_MS,
        "end_time_ms": WHEN_MS + 90_000,
        "params": {"lr": "0.01"},
        "tags": {"mlflow.runName": "gifted-owl-481"},
        "metrics": {"loss": LatestMetric.example},
    }


class DatasetInputShape(Shape):
    """A data set that a run used, as its client described it."""

    name = serializers.CharField(source="dataset.name")
    digest = serializers.CharField(source="dataset.digest")
    source_type = serializers.CharField(source="dataset.source_type")
    source = serializers.CharField(source="dataset.source")  # type: ignore[assignment]  # as below
    context = serializers.CharField(  # type: ignore[assignment]  # fields leave the class when it is made
        help_text="As training; empty where none was said."
    )

    example = {
        "name": "castings-2026",
        "digest": "b2c4f1a9",
        "source_type": "s3",
        "source": "s3://castings/2026",
        "context": "training",
    }


class RunDetailShape(RunShape):
    """A run, and the data sets that it used."""

    inputs = DatasetInputShape(many=True)

    example = RunShape.example | {"inputs": [DatasetInputShape.example]}


class RunSearch(SearchQuery):
    """Which runs, and in which order."""

    experiment_id = serializers.ListField(
        child=RowId(),
        required=False,
        max_length=1_000,
        help_text="Where to search, repeated for several; in all experiments if there is none.",
    )


class NewRun(Input):
    """A run to be."""

    experiment_id = RowId(default=0)
    name = Text(required=False, max_length=MAX_TAG_VALUE_LENGTH, help_text="One is made up if there is none.")
    user_name = Text(required=False, max_length=MAX_USER_NAME_LENGTH, help_text="The actor's label if there is none.")
    start_time_ms = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_INT64, help_text="Now, if none."
    )
    params = TextMap(value_length=MAX_PARAM_VALUE_LENGTH, required=False)
    tags = TextMap(value_length=MAX_TAG_VALUE_LENGTH, required=False)

    example = {"experiment_id": 1, "name": "gifted-owl-481", "params": {"lr": "0.01"}}


class RunChange(Input):
    """What is to change of a run."""

    name = Text(required=False, max_length=MAX_TAG_VALUE_LENGTH)
    status = serializers.ChoiceField(choices=STATUSES, required=False)
    end_time_ms = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_INT64, help_text="Now, if the status says that the run has ended."
    )

    example = {"status": "FINISHED"}


class RunBatch(Input):
    """Params and tags to log together."""

    params = TextMap(value_length=MAX_PARAM_VALUE_LENGTH, default=dict)
    tags = TextMap(value_length=MAX_TAG_VALUE_LENGTH, default=dict)

    example = {"params": {"lr": "0.01", "epochs": "20"}, "tags": {"stage": "pilot"}}


def row_json(access: Access, row: RunRow) -> dict[str, Any]:
    """A run of a page of results."""
    head = {
        "run_id": row.id.hex,
        "team": access.team.slug,
        "project": access.project.slug,
        "experiment_id": row.experiment_number,
    }
    columns = {name: getattr(row, name) for name in RunRow._fields[2:-1]}
    return head | columns | _data_json(row.data)


def run_json(access: Access, details: RunDetails) -> dict[str, Any]:
    """A run by itself."""
    run: Run = details.run
    fields = {name: getattr(run, name) for name in RunRow._fields[2:-1]}
    row = RunRow(id=run.id, experiment_number=run.experiment.number, **fields, data=details.data)
    return row_json(access, row) | {"inputs": DatasetInputShape(details.inputs, many=True).data}


def _data_json(text: str) -> dict[str, Any]:
    """MLflow's lists of entries as mappings by key."""
    data = orjson.loads(text)
    return {
        "params": {param["key"]: param["value"] for param in data.get("params", ())},
        "tags": {tag["key"]: tag["value"] for tag in data.get("tags", ())},
        "metrics": {
            metric["key"]: {"value": metric["value"], "step": metric["step"], "timestamp_ms": metric["timestamp"]}
            for metric in data.get("metrics", ())
        },
    }
