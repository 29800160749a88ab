"""Runs and everything logged to them. Narrow typed tables carry the truth; RunDocument repeats it for fast pages."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.common.clock import now
from apps.common.fields import KeyField, ValueField
from apps.common.ids import new_run_id
from apps.experiments.models import Experiment, Lifecycle
from apps.projects.models import ProjectOwned

# What of a param's or tag's value stands in an index: PostgreSQL refuses index rows over 2,700 bytes.
VALUE_HEAD_LENGTH = 100


class RunStatus(models.TextChoices):
    """MLflow's run states."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Run(ProjectOwned):
    """One execution of training code.

    Every change of what a run's page shows bumps `revision`, in the transaction of the change; that same statement locks
    the row and proves that the run is active.
    """

    id = models.UUIDField(primary_key=True, default=new_run_id, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = KeyField(max_length=8000)
    user_name = KeyField(max_length=256, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    status = models.CharField(max_length=16, choices=RunStatus.choices, default=RunStatus.RUNNING)
    lifecycle = models.CharField(max_length=8, choices=Lifecycle.choices, default=Lifecycle.ACTIVE)
    start_time_ms = models.BigIntegerField()
    end_time_ms = models.BigIntegerField(null=True)
    deleted_at_ms = models.BigIntegerField(null=True)
    revision = models.BigIntegerField(default=1)
    # The revision that the run's document was last written for.
    document_revision = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["experiment", "lifecycle", "-start_time_ms", "id"], name="runs_run_newest"),
            models.Index(fields=["project", "lifecycle", "-start_time_ms"], name="runs_run_project_newest"),
            models.Index(
                fields=["project"], condition=~Q(revision=F("document_revision")), name="runs_run_stale_document"
            ),
        ]

    def __str__(self) -> str:
        return self.name


# Params, tags, summaries and documents have no foreign keys in the database: they are inserted in a transaction that has
# locked their run, and the check of each row would be most of what the database does.


class Param(ProjectOwned):
    """An input of a run: written once, never changed."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=250)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "key"], name="runs_param_key")]
        indexes = [models.Index(fields=["experiment", "key", "value_head", "run"], name="runs_param_search")]

    def __str__(self) -> str:
        return self.key


class RunTag(ProjectOwned):
    """A tag of a run: may change at any time."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=250)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "key"], name="runs_tag_key")]
        indexes = [models.Index(fields=["experiment", "key", "value_head", "run"], name="runs_tag_search")]

    def __str__(self) -> str:
        return self.key


class Dataset(ProjectOwned):
    """A version of a data set as training code described it; `source` is a text, never opened."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = KeyField(max_length=500)
    digest = KeyField(max_length=36)
    source_type = models.CharField(max_length=36)
    source = models.TextField()
    schema = models.TextField(null=True)
    profile = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "experiment", "name", "digest"], name="runs_dataset_digest")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.digest})"


class DatasetInput(ProjectOwned):
    """A data set that a run used."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    # The value of the tag mlflow.data.context ("training"), kept apart because searches ask for it.
    context = KeyField(max_length=500, blank=True)
    # MLflow's input tags, as [{"key": ..., "value": ...}].
    tags = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "dataset"], name="runs_datasetinput_once")]

    def __str__(self) -> str:
        return f"{self.dataset_id} in {self.run_id}"


class MetricBlock(ProjectOwned):
    """The points of one request, encoded (apps.runs.metrics.codec), as they arrived. Order of arrival is `id`."""

    experiment_id = models.BigIntegerField()
    run_id = models.UUIDField()
    point_count = models.IntegerField()
    payload = models.BinaryField()
    is_folded = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["project", "run_id", "is_folded"], name="runs_block_of_run"),
            models.Index(fields=["project", "experiment_id"], condition=Q(is_folded=False), name="runs_block_unfolded"),
        ]

    def __str__(self) -> str:
        return f"{self.point_count} points of {self.run_id}"


class MetricSegment(ProjectOwned):
    """Sealed points of a run, sorted by (series, step, timestamp, value), without duplicates."""

    run_id = models.UUIDField()
    first_key = KeyField(max_length=250)
    last_key = KeyField(max_length=250)
    point_count = models.IntegerField()
    payload = models.BinaryField()
    # A small copy for charts of its whole length (apps.runs.metrics.outline); null where the segment is short.
    outline = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "run_id"], name="runs_segment_of_run")]

    def __str__(self) -> str:
        return f"{self.point_count} points of {self.run_id}"


class MetricSummary(ProjectOwned):
    """What is known of one metric of one run without reading its points. NaN is written as NULL with a flag."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=250)
    # The greatest point by (step, timestamp, value), as MLflow defines "latest".
    last_value = models.FloatField(null=True)
    is_last_nan = models.BooleanField(default=False)
    last_step = models.BigIntegerField()
    last_timestamp_ms = models.BigIntegerField()
    first_value = models.FloatField(null=True)
    first_step = models.BigIntegerField()
    first_timestamp_ms = models.BigIntegerField()
    # Null when every point is NaN.
    min_value = models.FloatField(null=True)
    max_value = models.FloatField(null=True)
    point_count = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "run", "key"], name="runs_summary_key")]
        indexes = [
            models.Index(fields=["experiment", "key", "last_value", "run"], name="runs_summary_last"),
            models.Index(fields=["experiment", "key", "min_value", "run"], name="runs_summary_min"),
            models.Index(fields=["experiment", "key", "max_value", "run"], name="runs_summary_max"),
        ]

    def __str__(self) -> str:
        return self.key


class ModelMetric(ProjectOwned):
    """The last point of a metric that a run logged of a model, and of a dataset where it named one; written by folding.

    "Last" as in MetricSummary. There is no key to the model: apps.logged_models stands below.
    """

    model_id = models.UUIDField()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=250)
    dataset_name = KeyField(max_length=500, blank=True)
    dataset_digest = KeyField(max_length=36, blank=True)
    # Half the SHA-256 of both, in hex, since they are too long for an index; empty without a dataset.
    dataset_hash = models.CharField(max_length=32, blank=True)
    last_value = models.FloatField(null=True)
    is_last_nan = models.BooleanField(default=False)
    last_step = models.BigIntegerField()
    last_timestamp_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "model_id", "run", "key", "dataset_hash"], name="runs_modelmetric_key"
            )
        ]
        indexes = [
            models.Index(fields=["experiment", "key", "last_value", "model_id"], name="runs_modelmetric_search"),
            models.Index(fields=["project", "run"], name="runs_modelmetric_run"),
        ]

    def __str__(self) -> str:
        return self.key


class MetricAggregate(ProjectOwned):
    """Curves of one metric over many runs that a job has computed, kept until the question's runs or points change."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    # SHA-256 of the metric, the filter, what is grouped by and the number of buckets; that of what the answer depends on.
    digest = models.CharField(max_length=64)
    watermark = models.CharField(max_length=64)
    computed_at = models.DateTimeField(default=now)
    payload = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "experiment", "digest"], name="runs_aggregate_question")
        ]
        indexes = [models.Index(fields=["project", "experiment", "computed_at"], name="runs_aggregate_oldest")]

    def __str__(self) -> str:
        return self.digest


class RunDocument(ProjectOwned):
    """A run's params, latest metrics and tags as the JSON that clients get. Valid only at the run's revision."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    revision = models.BigIntegerField()
    data = models.TextField()

    def __str__(self) -> str:
        return f"{self.run_id} at {self.revision}"
