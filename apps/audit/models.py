"""The audit trail: what was done, by whom, to what, in the transaction that did it."""

from __future__ import annotations

from django.db import models

from apps.common.clock import now


class AuditEvent(models.Model):
    """One change of access or of something that matters. Append-only: nothing in the product updates or deletes a row."""

    team = models.ForeignKey("teams.Team", on_delete=models.CASCADE, null=True, related_name="+")
    # Identified by value, so that an event outlives the project it speaks of.
    project_slug = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=now)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=254)
    token_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=512, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-id"], name="audit_team_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_label} {self.action} {self.object_kind} {self.object_label}"
