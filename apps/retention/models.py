"""How long a project keeps what, what is on its way out, and which bytes were found missing or altered."""

from __future__ import annotations

from django.db import models

from apps.artifacts.models import Blob
from apps.common.clock import now
from apps.common.fields import KeyField
from apps.projects.models import ProjectOwned

DEFAULT_TRASH_DAYS = 30


class BestIs(models.TextChoices):
    """Which values of a metric are the good ones."""

    HIGHEST = "highest"
    LOWEST = "lowest"


class ProjectRetention(ProjectOwned):
    """The rules of a project; one without a row has the defaults. A run stays as long as any rule keeps it."""

    # How long deleted things can be restored; 0 is for ever.
    trash_days = models.IntegerField(default=DEFAULT_TRASH_DAYS)
    # Runs that ended longer ago may go; null asks for no age.
    keep_days = models.IntegerField(null=True)
    # The best so many runs of each experiment stay; null asks for no metric.
    keep_best_count = models.IntegerField(null=True)
    keep_best_metric = KeyField(max_length=250, blank=True)
    keep_best_direction = models.CharField(max_length=7, choices=BestIs.choices, default=BestIs.HIGHEST)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project"], name="retention_projectretention_project")]

    def __str__(self) -> str:
        return f"rules of {self.project_id}"


class DoomedRun(ProjectOwned):
    """A run or logged model whose row is gone, and whose points and files follow in batches.

    The end of it all ends this row.

    With the run's row it is absent for everybody: whatever is interrupted, nobody sees half a run.
    """

    # The run's or model's own.
    id = models.UUIDField(primary_key=True, editable=False)
    doomed_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["project", "id"], name="retention_doomedrun_project")]

    def __str__(self) -> str:
        return str(self.id)


class Damage(models.TextChoices):
    """What can be wrong with stored bytes."""

    MISSING = "missing"
    ALTERED = "altered"


class IntegrityFinding(ProjectOwned):
    """A blob whose bytes are not what was stored. It goes when a later check finds them whole, or with the blob."""

    blob = models.OneToOneField(Blob, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    damage = models.CharField(max_length=7, choices=Damage.choices)
    # What the store holds instead; empty and null where it holds nothing.
    found_sha256 = models.CharField(max_length=64, blank=True)
    found_bytes = models.BigIntegerField(null=True)
    found_at = models.DateTimeField(default=now)
    checked_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.blob_id} is {self.damage}"


class IntegrityState(ProjectOwned):
    """How far the check of a project's bytes has come. It goes round by the blobs' ids: longest unchecked first."""

    # The last blob that was checked in this round; null at its beginning.
    position = models.UUIDField(null=True)
    # Of the last round that reached its end.
    round_ended_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    # Of all rounds together.
    checked_count = models.BigIntegerField(default=0)
    checked_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project"], name="retention_integritystate_project")]

    def __str__(self) -> str:
        return f"{self.project_id} at {self.position}"
