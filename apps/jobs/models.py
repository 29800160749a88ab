"""Background work: jobs are the truth, tickets are how the next one is found without binding any project."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.audit.actors import ActorKind
from apps.common.clock import now
from apps.common.ids import uuid7
from apps.projects.models import Project, ProjectOwned
from apps.teams.models import Team

MAX_ATTEMPTS = 5
KIND_LENGTH = 64
KEY_LENGTH = 200
NOTE_LENGTH = 200


class JobState(models.TextChoices):
    """The life of a job. A failed one is the dead letter: it stays until a person retries it, or it is old."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(ProjectOwned):
    """One piece of background work of a project, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=KIND_LENGTH)
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.QUEUED)
    # Of an unfinished job of a kind there is one of each key that is not empty.
    key = models.CharField(max_length=KEY_LENGTH, blank=True)
    args = models.JSONField(default=dict)
    # What the handler needs to go on where it was.
    cursor = models.JSONField(default=dict)
    attempts = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=MAX_ATTEMPTS)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    # Of the last attempt, in words for the project's members.
    error = models.TextField(blank=True)
    # Whose rights it runs under; looked up afresh whenever it starts. The system's own has no id.
    created_by_kind = models.CharField(max_length=16, default=ActorKind.SYSTEM)
    created_by_id = models.BigIntegerField(null=True)
    created_by_label = models.CharField(max_length=254, blank=True)
    token_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(default=now)
    # Of the latest attempt.
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "key"],
                condition=Q(state__in=UNFINISHED) & ~Q(key=""),
                name="jobs_job_unfinished_key",
            )
        ]
        indexes = [
            # Ids are in order of creation: the newest first.
            models.Index(fields=["project", "-id"], name="jobs_job_newest"),
            models.Index(fields=["project", "ended_at"], condition=Q(ended_at__isnull=False), name="jobs_job_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def is_unfinished(self) -> bool:
        """Whether something may still happen to it by itself."""
        return self.state in UNFINISHED

    @property
    def is_retrying(self) -> bool:
        """Whether it waits after an attempt that failed."""
        return self.state == JobState.QUEUED and self.attempts > 0

    @property
    def title(self) -> str:
        """Its kind in words."""
        return self.kind.replace("_", " ").capitalize()

    @property
    def duration_ms(self) -> int | None:
        """Of the latest attempt, so far; None before the first."""
        if self.started_at is None or self.state == JobState.QUEUED:
            return None
        return max(0, int(((self.ended_at or now()) - self.started_at).total_seconds() * 1000))


class JobTicket(models.Model):
    """The place of an unfinished job in the queue, and the lease of who runs it.

    It is made and removed in the transactions that make and end the job, and holds nothing of a tenant but keys: workers
    look for the next job before they know whose it is, when row-level security shows them no job at all.
    """

    job_id = models.UUIDField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    due_at = models.DateTimeField()
    # Null while it waits. Drawn anew by each claim: whoever holds another, or none, has lost the job.
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["team", "due_at"], condition=Q(lease_until__isnull=True), name="jobs_ticket_team_due"),
            models.Index(fields=["due_at"], condition=Q(lease_until__isnull=True), name="jobs_ticket_due"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="jobs_ticket_leased"),
        ]

    def __str__(self) -> str:
        return str(self.job_id)


class JobLane(models.Model):
    """When a team was last served: of two that run equally many jobs, the one that waited longer is next."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    served_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.team_id} at {self.served_at:%H:%M:%S}"


class JobSchedule(models.Model):
    """When a periodic kind of job (settings.JOB_SCHEDULES) is next due in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=KIND_LENGTH)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "kind"], name="jobs_schedule_kind")]
        indexes = [models.Index(fields=["next_at"], name="jobs_schedule_next")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.next_at:%Y-%m-%d %H:%M}"
