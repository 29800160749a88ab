"""Who may move what in the registry, who asked for it, and who agreed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.audit.actors import Actor, ActorKind
from apps.common.clock import now_ms
from apps.common.fields import KeyField
from apps.common.ids import uuid7
from apps.projects.models import ProjectOwned
from apps.registry.models.registered import RegisteredModel
from apps.teams.permissions import ProjectRole

# Instead of the name of an alias: each of them that has no rule of its own.
EVERY_ALIAS = "*"
# Those who read alone neither move nor approve.
RULE_ROLES = [(role.value, role.value) for role in (ProjectRole.EDITOR, ProjectRole.MAINTAINER)]


class Comparison(models.TextChoices):
    """How the candidate's metric has to stand to the champion's."""

    AT_LEAST = ">=", "at least"
    AT_MOST = "<=", "at most"


class RequestState(models.TextChoices):
    """What became of a request."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Decision(models.TextChoices):
    """What an approver says."""

    APPROVED = "approved"
    REJECTED = "rejected"


class ApprovalRule(ProjectOwned):
    """What it takes to move a stage or an alias of a registered model. One of `stage` and `alias` is empty."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    stage = models.CharField(max_length=10, blank=True)
    alias = KeyField(max_length=255, blank=True)
    # The least role of who moves it, or asks for that.
    mover_role = models.CharField(max_length=16, choices=RULE_ROLES, default=ProjectRole.MAINTAINER)
    approvals_needed = models.SmallIntegerField(default=0)
    # The least role of who approves.
    approver_role = models.CharField(max_length=16, choices=RULE_ROLES, default=ProjectRole.MAINTAINER)
    # Empty for no check of a metric.
    metric = KeyField(max_length=250, blank=True)
    metric_comparison = models.CharField(max_length=2, choices=Comparison.choices, default=Comparison.AT_LEAST)
    # What the metric has to reach, or may not exceed, whatever the champion's is.
    metric_limit = models.FloatField(null=True)
    requires_same_signature = models.BooleanField(default=False)
    requires_clean_report = models.BooleanField(default=False)
    updated_by_label = models.CharField(max_length=255)
    updated_at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "model", "stage", "alias"], name="registry_rule_target"),
            models.CheckConstraint(
                condition=(Q(stage="") & ~Q(alias="")) | (~Q(stage="") & Q(alias="")), name="registry_rule_one_target"
            ),
        ]

    def __str__(self) -> str:
        return self.stage or f"@{self.alias}"

    @property
    def compares(self) -> bool:
        """Whether anything of the candidate is compared with the champion."""
        return bool(self.metric) or self.requires_same_signature


class ApprovalRequest(ProjectOwned):
    """A move that somebody asked for, with its evidence; or one that a rule let through at once, for the record."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The version may be gone; its number stays.
    version_id = models.UUIDField()
    version_number = models.IntegerField()
    # Where it goes: one of the two is empty.
    stage = models.CharField(max_length=10, blank=True)
    alias = KeyField(max_length=255, blank=True)
    # The alias is to be taken from the version.
    removes_alias = models.BooleanField(default=False)
    archive_existing = models.BooleanField(default=False)
    # The stage that it leaves: what left a stage last is what the next one there is compared with.
    from_stage = models.CharField(max_length=10, blank=True)
    comment = models.TextField(blank=True)
    # How many approvals by whom it took when it was asked for.
    approvals_needed = models.SmallIntegerField()
    approver_role = models.CharField(max_length=16, choices=RULE_ROLES)
    # What was known when it was asked for, and when it was moved: see apps.registry.approvals.evidence.
    evidence = models.JSONField()
    outcome = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    # Why it was superseded.
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Or the service account that asked.
    requested_by_account_id = models.BigIntegerField(null=True)
    requested_by_label = models.CharField(max_length=255)
    created_at_ms = models.BigIntegerField(default=now_ms)
    closed_at_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version_id", "stage", "alias"],
                condition=Q(state="open"),
                name="registry_request_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["project", "-id"], condition=Q(state="open"), name="registry_request_open"),
            models.Index(fields=["project", "model", "-id"], name="registry_request_newest"),
        ]

    def __str__(self) -> str:
        return f"version {self.version_number} to {self.target}"

    @property
    def target(self) -> str:
        """The stage or alias."""
        return self.stage or f"@{self.alias}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for decisions."""
        return self.state == RequestState.OPEN

    def is_asked_by(self, actor: Actor) -> bool:
        """Whether the actor made the request."""
        if actor.kind is ActorKind.SERVICE_ACCOUNT:
            return self.requested_by_account_id == actor.id
        return actor.kind is ActorKind.USER and self.requested_by_id == actor.id


class ApprovalDecision(ProjectOwned):
    """What one person said to a request."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    user_label = models.CharField(max_length=255)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    comment = models.TextField(blank=True)
    at_ms = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "request", "user"], name="registry_decision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.user_label}"
