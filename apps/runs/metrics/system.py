"""The Access under which the workers read what they fold and rewrite: one project's rows, and nothing else."""

from __future__ import annotations

from apps.audit.actors import Actor, ActorKind
from apps.projects.models import Project
from apps.projects.queries import project_ref
from apps.teams.access import Access, Credential
from apps.teams.permissions import Permission, TeamRole
from apps.teams.queries import team_ref

_SYSTEM = Credential(Actor(ActorKind.SYSTEM, None, "system"))


def system_access(project_id: int) -> Access:
    """Read access to a project for the system itself."""
    project = Project.objects.select_related("team").get(pk=project_id)
    rights = frozenset({Permission.PROJECT_READ})
    return Access(_SYSTEM, team_ref(project.team), TeamRole.VIEWER, rights, project_ref(project))
