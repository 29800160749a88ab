"""The registry of a project: registered models, their numbered versions, and the names that point at them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.common.clock import now_ms
from apps.common.fields import KeyField, ValueField
from apps.common.ids import uuid7
from apps.projects.models import ProjectOwned
from apps.runs.models import VALUE_HEAD_LENGTH


class Stage(models.TextChoices):
    """MLflow's stages of a version."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


class VersionStatus(models.TextChoices):
    """MLflow's states of a version."""

    PENDING = "PENDING_REGISTRATION"
    READY = "READY"
    FAILED = "FAILED_REGISTRATION"


class RegisteredModel(ProjectOwned):
    """A named series of versions. The row is the lock under which its versions, aliases and stages change."""

    name = KeyField(max_length=256)
    description = models.TextField(blank=True)
    # The number of the next version: none is used twice, whatever is deleted.
    next_version = models.IntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at_ms = models.BigIntegerField(default=now_ms)
    updated_at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="registry_model_name")]
        indexes = [models.Index(fields=["project", "-updated_at_ms", "name"], name="registry_model_newest")]

    def __str__(self) -> str:
        return self.name


class RegisteredModelTag(ProjectOwned):
    """A tag of a registered model."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = KeyField(max_length=250)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "model", "key"], name="registry_modeltag_key")]
        indexes = [models.Index(fields=["project", "key", "value_head", "model"], name="registry_modeltag_search")]

    def __str__(self) -> str:
        return self.key


class ModelVersion(ProjectOwned):
    """A numbered version of a registered model.

    It owns its files (apps.artifacts.models.OwnerKind.VERSION): at registration they are pinned, the same bytes under a
    name of its own, so that neither a later change of the source nor its removal alters what was registered.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.IntegerField()
    # What the client named, for people to read; never opened. What it stood for is in the next three.
    source = KeyField(max_length=500)
    # The run that it came from; it may be gone.
    run_id = models.UUIDField(null=True)
    # The logged model that it came from; it may be gone.
    logged_model_id = models.UUIDField(null=True)
    # The version that it is a copy of; it may be gone, or of another project of the team.
    copied_from_id = models.UUIDField(null=True)
    run_link = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    # Who registered it, as clients show it.
    user_name = KeyField(max_length=256, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.NONE)
    status = models.CharField(max_length=20, choices=VersionStatus.choices, default=VersionStatus.READY)
    status_message = models.TextField(blank=True)
    created_at_ms = models.BigIntegerField(default=now_ms)
    updated_at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "model", "number"], name="registry_version_number"),
        ]
        indexes = [
            models.Index(fields=["project", "model", "stage", "-number"], name="registry_version_stage"),
            models.Index(fields=["project", "-updated_at_ms", "id"], name="registry_version_newest"),
            models.Index(fields=["project", "run_id"], name="registry_version_run"),
            models.Index(fields=["project", "logged_model_id"], name="registry_version_logged"),
            models.Index(fields=["project", "source"], name="registry_version_source"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class ModelVersionTag(ProjectOwned):
    """A tag of a version."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = KeyField(max_length=250)
    value = ValueField()
    value_head = KeyField(max_length=VALUE_HEAD_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version", "key"], name="registry_versiontag_key")]
        indexes = [models.Index(fields=["project", "key", "value_head", "version"], name="registry_versiontag_search")]

    def __str__(self) -> str:
        return self.key


class ModelAlias(ProjectOwned):
    """A name that points at one version of a registered model."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="aliases", db_index=False)
    name = KeyField(max_length=255)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="aliases", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "model", "name"], name="registry_alias_name")]
        indexes = [models.Index(fields=["project", "version"], name="registry_alias_version")]

    def __str__(self) -> str:
        return self.name


class ModelActivity(ProjectOwned):
    """What was done to a registered model, for its page: kept by the project, while the audit trail is the team's."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Null for what was done to the model as a whole.
    version_number = models.IntegerField(null=True)
    # As the audit trail has it: "model_version.stage".
    action = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=255)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        indexes = [models.Index(fields=["project", "model", "-id"], name="registry_activity_newest")]

    def __str__(self) -> str:
        return self.action

    @property
    def words(self) -> str:
        """The action as people say it."""
        return self.action.partition(".")[2].replace("_", " ")
