"""Which models a project shares with other projects of its team."""

from __future__ import annotations

from django.db import models

from apps.common.clock import now
from apps.projects.models import Project
from apps.registry.models.registered import RegisteredModel
from apps.teams.models import Team


class ModelShare(models.Model):
    """A registered model that another project of the team, or each of them, may read.

    A team's row, with no more than keys in it: a project finds by it which other project to ask, before that one is bound.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Whose it is.
    from_project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Null for every project of the team.
    to_project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    shared_by_label = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "model", "to_project"], name="registry_share_once"),
            models.UniqueConstraint(
                fields=["team", "model"], condition=models.Q(to_project__isnull=True), name="registry_share_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} to {self.to_project_id or 'the team'}"
