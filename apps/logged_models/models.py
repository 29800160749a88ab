"""Models as runs logged them (MLflow's LoggedModel), and which runs made and used them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.common.clock import now_ms
from apps.common.fields import KeyField, ValueField
from apps.common.ids import uuid7
from apps.experiments.models import Experiment, Lifecycle
from apps.projects.models import ProjectOwned
from apps.runs.models import VALUE_HEAD_LENGTH


class LoggedModelStatus(models.TextChoices):
    """MLflow's states of a logged model."""

    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class LoggedModel(ProjectOwned):
    """A model that was logged; clients see `id` as "m-" and its 32 hex digits.

    Its files are artifacts of the model itself (apps.artifacts.models.OwnerKind.MODEL).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The run that logged it; it may be gone. Null for a model that was logged without one.
    source_run_id = models.UUIDField(null=True)
    name = KeyField(max_length=500)
    model_type = KeyField(max_length=500, blank=True)
    status = models.CharField(max_length=26, choices=LoggedModelStatus.choices, default=LoggedModelStatus.PENDING)
    status_message = models.TextField(blank=True)
    lifecycle = models.CharField(max_length=8, choices=Lifecycle.choices, default=Lifecycle.ACTIVE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at_ms = models.BigIntegerField(default=now_ms)
    updated_at_ms = models.BigIntegerField(default=now_ms)
    deleted_at_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["project", "experiment", "lifecycle", "-created_at_ms", "id"], name="logged_models_newest"
            ),
            models.Index(fields=["project", "source_run_id"], name="logged_models_of_run"),
        ]

    def __str__(self) -> str:
        return self.name


class LoggedModelParam(ProjectOwned):
    """An input of a logged model: written once, never changed."""

    model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="params", db_index=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=255)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "model", "key"], name="logged_models_param_key")]
        indexes = [models.Index(fields=["experiment", "key", "value_head", "model"], name="logged_models_param_search")]

    def __str__(self) -> str:
        return self.key


class LoggedModelTag(ProjectOwned):
    """A tag of a logged model: may change at any time."""

    model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="tags", db_index=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = KeyField(max_length=255)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "model", "key"], name="logged_models_tag_key")]
        indexes = [models.Index(fields=["experiment", "key", "value_head", "model"], name="logged_models_tag_search")]

    def __str__(self) -> str:
        return self.key


class ModelUse(models.TextChoices):
    """What a run had to do with a logged model."""

    INPUT = "input"
    OUTPUT = "output"


class RunModel(ProjectOwned):
    """A run that read (input) or made (output) a logged model: an edge of the lineage. Neither end has to exist still."""

    run_id = models.UUIDField()
    model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    use = models.CharField(max_length=6, choices=ModelUse.choices)
    # The training step that an output belongs to.
    step = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "run_id", "model", "use"], name="logged_models_runmodel_once")
        ]
        indexes = [models.Index(fields=["project", "model", "use"], name="logged_models_runmodel_model")]

    def __str__(self) -> str:
        return f"{self.model_id} is {self.use} of {self.run_id}"
