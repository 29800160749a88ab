"""Experiments: named groups of runs, numbered per project."""

from __future__ import annotations

from django.db import models

from apps.common.clock import now_ms
from apps.common.fields import KeyField, ValueField
from apps.projects.models import ProjectOwned


class Lifecycle(models.TextChoices):
    """Deleted things can be restored until they are removed for good."""

    ACTIVE = "active"
    DELETED = "deleted"


class Experiment(ProjectOwned):
    """Clients know an experiment by its `number`, which means nothing in another project."""

    number = models.BigIntegerField()
    name = KeyField(max_length=500)
    lifecycle = models.CharField(max_length=8, choices=Lifecycle.choices, default=Lifecycle.ACTIVE)
    created_at_ms = models.BigIntegerField(default=now_ms)
    updated_at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="experiments_experiment_number"),
            models.UniqueConstraint(fields=["project", "name"], name="experiments_experiment_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ExperimentTag(ProjectOwned):
    """A tag of an experiment."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = KeyField(max_length=250)
    value = ValueField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "experiment", "key"], name="experiments_tag_key"),
        ]

    def __str__(self) -> str:
        return self.key
