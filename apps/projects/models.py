"""Projects, grants, and the base of every row that belongs to a project."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from apps.common.clock import now
from apps.projects.scoping import ScopedManager
from apps.teams.models import SLUG_MAX_LENGTH, ServiceAccount, Team
from apps.teams.permissions import ProjectRole, Visibility


class Project(models.Model):
    """A part of a team that groups experiments and models; the boundary that row-level security draws."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="projects")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=SLUG_MAX_LENGTH)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    visibility = models.CharField(
        max_length=16, choices=[(v.value, v.value) for v in Visibility], default=Visibility.OPEN
    )
    # The number that the next experiment gets: MLflow clients see numbers, each project counts its own.
    next_experiment_number = models.BigIntegerField(default=0)
    # Kept by apps.webhooks. It stands here so that every Access says so: where nobody is to be told, telling costs nothing.
    has_webhooks = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="projects_project_slug")]

    def __str__(self) -> str:
        return self.slug


class ProjectGrant(models.Model):
    """A role in one project, for one user or service account of its team."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="project_grants"
    )
    service_account = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in ProjectRole])
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="projects_grant_user"),
            models.UniqueConstraint(fields=["project", "service_account"], name="projects_grant_service_account"),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, service_account__isnull=True)
                | models.Q(user__isnull=True, service_account__isnull=False),
                name="projects_grant_one_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.project_id}"


class ProjectOwned(models.Model):
    """Base of every tracked row. `objects` answers only `.in_project(access)`; `unscoped` is for a reasoned few."""

    # Without a foreign key in the database: its check would lock the project's one row for every inserted row. Rows are
    # inserted in the name of an Access to the project, and row-level security refuses any other value.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()
    unscoped: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
