"""Reads of projects: which ones an actor sees, and the Access to each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.audit.actors import SYSTEM, ActorKind
from apps.common.errors import NotFound
from apps.projects.models import Project, ProjectGrant
from apps.teams.access import Access, Credential, ProjectRef, TeamAccess
from apps.teams.models import Membership, ServiceAccount
from apps.teams.permissions import (
    PROJECT_PERMISSIONS,
    Permission,
    ProjectRole,
    TeamRole,
    Visibility,
    effective_permissions,
    project_role,
)
from apps.teams.queries import team_ref


@dataclass(frozen=True, slots=True)
class VisibleProject:
    """A project and the actor's Access to it."""

    project: Project
    access: Access


def project_access(credential: Credential, team_slug: str, project_slug: str) -> Access:
    """The actor's rights in one project. One statement.

    Raises:
        NotFound: there is no such team or project, or the actor may not see it: the two look the same.
    """
    row = _with_rights(credential).filter(team__slug=team_slug, slug=project_slug).first()
    return _access(credential, row)


def project_access_by_id(credential: Credential, project_id: int) -> Access:
    """The same for a project known by its key, as from a token that is bound to it."""
    return _access(credential, _with_rights(credential).filter(pk=project_id).first())


def visible_projects(credential: Credential, *, team: TeamAccess | None = None) -> list[VisibleProject]:
    """Every project that the actor may read, by team and slug. One statement.

    Args:
        credential: who asks.
        team: only this team's.
    """
    rows = _with_rights(credential).order_by("team__slug", "slug")
    if team is not None:
        rows = rows.filter(team_id=team.team.id)
    found = []
    for row in rows:
        access = _rights(credential, row)
        if access is not None:
            found.append(VisibleProject(row, access))
    return found


def _with_rights(credential: Credential) -> QuerySet[Project]:
    """Live projects of the actor's teams within the token's reach, with the actor's team role and grant."""
    actor = credential.actor
    if actor.id is None:
        return Project.objects.none()
    role: QuerySet[Any]
    if actor.kind is ActorKind.SERVICE_ACCOUNT:
        role = ServiceAccount.objects.filter(pk=actor.id, team=OuterRef("team_id"), is_active=True)
        holder = Q(service_account=actor.id)
    else:
        role = Membership.objects.filter(user=actor.id, team=OuterRef("team_id"), user__is_active=True)
        holder = Q(user=actor.id)
    grant = ProjectGrant.objects.filter(holder, project=OuterRef("pk"))
    rows = (
        Project.objects.filter(deleted_at=None)
        .select_related("team")
        .annotate(team_role=Subquery(role.values("role")[:1]), granted=Subquery(grant.values("role")[:1]))
        .filter(team_role__isnull=False)
    )
    if credential.team_id is not None:
        rows = rows.filter(team=credential.team_id)
    if credential.project_id is not None:
        rows = rows.filter(pk=credential.project_id)
    return rows


def _access(credential: Credential, row: Project | None) -> Access:
    access = _rights(credential, row) if row is not None else None
    if access is None:
        raise NotFound
    return access


def _rights(credential: Credential, row: Project) -> Access | None:
    """The Access to an annotated project; None when the actor may not see it."""
    granted: str | None = row.granted  # type: ignore[attr-defined]
    role = TeamRole(row.team_role)  # type: ignore[attr-defined]
    permissions = effective_permissions(
        role,
        visibility=Visibility(row.visibility),
        granted=ProjectRole(granted) if granted else None,
        scopes=credential.scopes,
    )
    if Permission.PROJECT_READ not in permissions:
        return None
    return Access(credential, team_ref(row.team), role, permissions, project_ref(row))


def system_access(project_id: int) -> Access:
    """All rights in a live project in nobody's name, for the system's own work.

    Raises:
        NotFound: the project is gone.
    """
    row = Project.objects.filter(pk=project_id, deleted_at=None).select_related("team").first()
    if row is None:
        raise NotFound
    return Access(
        Credential(SYSTEM),
        team_ref(row.team),
        TeamRole.OWNER,
        PROJECT_PERMISSIONS[ProjectRole.MAINTAINER],
        project_ref(row),
    )


def project_ref(project: Project) -> ProjectRef:
    """The part of a project that an Access carries."""
    return ProjectRef(project.pk, project.slug, project.name, project.uuid, project.has_webhooks)


def get_project(access: Access) -> Project:
    """The row of the project that `access` is for."""
    return Project.objects.get(pk=access.project.id)


def grants_of(access: Access) -> QuerySet[ProjectGrant]:
    """The project's grants with their holders, oldest first."""
    access.require(Permission.PROJECT_READ)
    return (
        ProjectGrant.objects.filter(project_id=access.project.id)
        .select_related("user", "service_account")
        .order_by("id")
    )


def current_roles(
    access: Access, actors: Collection[tuple[ActorKind, int]]
) -> dict[tuple[ActorKind, int], ProjectRole]:
    """The roles that people and service accounts have in the project now, whatever an Access or a token of theirs says.

    Those who have none, or are not active, are left out. Five statements, however many they are.
    """
    access.require(Permission.PROJECT_READ)
    user_ids = {key for kind, key in actors if kind is ActorKind.USER}
    account_ids = {key for kind, key in actors if kind is ActorKind.SERVICE_ACCOUNT}
    visibility = Visibility(Project.objects.values_list("visibility", flat=True).get(pk=access.project.id))
    members = Membership.objects.filter(team=access.team.id, user__in=user_ids, user__is_active=True)
    accounts = ServiceAccount.objects.filter(team=access.team.id, pk__in=account_ids, is_active=True)
    grants = ProjectGrant.objects.filter(project=access.project.id)
    of_users = grants.filter(user__in=user_ids).values_list("user_id", "role")
    of_accounts = grants.filter(service_account__in=account_ids).values_list("service_account_id", "role")
    granted = {(ActorKind.USER, key): ProjectRole(role) for key, role in of_users}
    granted |= {(ActorKind.SERVICE_ACCOUNT, key): ProjectRole(role) for key, role in of_accounts}
    team_roles = {(ActorKind.USER, key): role for key, role in members.values_list("user_id", "role")}
    team_roles |= {(ActorKind.SERVICE_ACCOUNT, key): role for key, role in accounts.values_list("pk", "role")}
    found: dict[tuple[ActorKind, int], ProjectRole] = {}
    for actor, role in team_roles.items():
        effective = project_role(TeamRole(role), visibility, granted.get(actor))
        if effective is not None:
            found[actor] = effective
    return found
