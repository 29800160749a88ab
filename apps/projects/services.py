"""Writes of projects and grants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from apps.common.clock import now
from apps.common.errors import Conflict, InvalidInput, NotFound
from apps.projects.models import Project, ProjectGrant
from apps.projects.queries import project_ref
from apps.projects.tenancy import bound
from apps.teams.access import Access, TeamAccess
from apps.teams.models import Membership, ServiceAccount
from apps.teams.permissions import (
    PROJECT_PERMISSIONS,
    Permission,
    ProjectRole,
    TeamRole,
    Visibility,
    effective_permissions,
)
from apps.teams.queries import team_ref
from apps.teams.services import OPERATOR, audit, bump_epoch, check_name
from apps.teams.slugs import RESERVED_PROJECT_SLUGS, check_slug

NAME_MAX_LENGTH = 120
DESCRIPTION_MAX_LENGTH = 10_000


def create_project(
    access: TeamAccess,
    *,
    slug: str,
    name: str = "",
    description: str = "",
    visibility: Visibility = Visibility.OPEN,
) -> Project:
    """A new project with what every project starts with (settings.PROJECT_INITIALISERS: the Default experiment).

    Whoever makes a restricted project and is no admin gets a maintainer's grant in it, or could not enter.

    Raises:
        PermissionDenied: viewers make no projects; a token of one project makes no other.
        InvalidInput: the slug cannot be one.
        Conflict: the team has a project of this slug, which the actor may not be able to see.
    """
    access.require(Permission.PROJECT_CREATE)
    check_slug(slug, reserved=RESERVED_PROJECT_SLUGS)
    fields = {
        "name": check_name(name or slug, maximum=NAME_MAX_LENGTH),
        "description": _check_description(description),
        "visibility": visibility,
    }
    try:
        with transaction.atomic():
            project = Project.objects.create(team_id=access.team.id, slug=slug, **fields)
            _grant_creator(access, project)
            bump_epoch(access.team.id)
            audit(access, "project.create", "project", project.pk, object_label=slug, project_slug=slug, after=fields)
            _initialise(access, project)
    except IntegrityError as exc:
        raise Conflict("project_exists", f"The team has a project {slug!r} already.", field="slug") from exc
    return project


def update_project(
    access: Access,
    *,
    name: str | None = None,
    description: str | None = None,
    visibility: Visibility | None = None,
) -> Project:
    """Change a project's name, description or visibility; what is None stays."""
    access.require(Permission.PROJECT_MANAGE)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = check_name(name, maximum=NAME_MAX_LENGTH)
    if description is not None:
        changes["description"] = _check_description(description)
    if visibility is not None:
        changes["visibility"] = visibility
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=access.project.id)
        before = {field: getattr(project, field) for field in changes}
        for field, value in changes.items():
            setattr(project, field, value)
        project.save(update_fields=list(changes))
        bump_epoch(access.team.id)
        _audit(access, "project.update", "project", project.pk, project.slug, before=before, after=changes)
    return project


def delete_project(access: Access) -> None:
    """Hide a project and everything in it from everybody. Its slug stays taken, so that nothing can take its place."""
    access.require(Permission.PROJECT_DELETE)
    with transaction.atomic():
        Project.objects.filter(pk=access.project.id).update(deleted_at=now())
        bump_epoch(access.team.id)
        _audit(access, "project.delete", "project", access.project.id, access.project.slug)


def set_grant(
    access: Access, *, role: ProjectRole, user_id: int | None = None, service_account_id: int | None = None
) -> ProjectGrant:
    """Give one member or service account of the team a role in the project, in place of any earlier grant.

    Raises:
        InvalidInput: not exactly one holder, or one who is not of the team.
    """
    access.require(Permission.PROJECT_MANAGE)
    holder = _holder(access, user_id=user_id, service_account_id=service_account_id)
    with transaction.atomic():
        before = ProjectGrant.objects.filter(project_id=access.project.id, **holder).values_list("role", flat=True)
        earlier = before.first()
        grant, _ = ProjectGrant.objects.update_or_create(
            project_id=access.project.id, **holder, defaults={"role": role}
        )
        bump_epoch(access.team.id)
        _audit(
            access, "grant.set", "grant", grant.pk, str(holder),
            before={"role": earlier} if earlier else None, after={"role": role, **holder},
        )  # fmt: skip
    return grant


def remove_grant(access: Access, *, grant_id: int) -> None:
    """Take a grant back.

    Raises:
        NotFound: no such grant in the project.
    """
    access.require(Permission.PROJECT_MANAGE)
    with transaction.atomic():
        grant = ProjectGrant.objects.filter(pk=grant_id, project_id=access.project.id).first()
        if grant is None:
            raise NotFound
        before = {"role": grant.role, "user_id": grant.user_id, "service_account_id": grant.service_account_id}
        grant.delete()
        bump_epoch(access.team.id)
        _audit(access, "grant.remove", "grant", grant_id, "", before=before)


def _initialise(access: TeamAccess, project: Project) -> None:
    """Run the initialisers with a maintainer's rights: whoever may make a project may have it made whole."""
    whole = Access(
        credential=replace(access.credential, scopes=None),
        team=team_ref(project.team),
        role=access.role,
        permissions=PROJECT_PERMISSIONS[ProjectRole.MAINTAINER],
        project=project_ref(project),
    )
    with bound(whole):
        for path in settings.PROJECT_INITIALISERS:
            import_string(path)(whole)


def _grant_creator(access: TeamAccess, project: Project) -> None:
    if project.visibility != Visibility.RESTRICTED or access.actor.id is None:
        return
    if Permission.TEAM_MANAGE in access.permissions:
        return
    ProjectGrant.objects.create(
        project=project,
        role=ProjectRole.MAINTAINER,
        user_id=access.actor.user_id,
        service_account_id=access.actor.service_account_id,
    )


def _holder(access: Access, *, user_id: int | None, service_account_id: int | None) -> dict[str, Any]:
    if user_id is not None and service_account_id is None:
        if Membership.objects.filter(team_id=access.team.id, user_id=user_id).exists():
            return {"user_id": user_id}
    elif service_account_id is not None and user_id is None:
        accounts = ServiceAccount.objects.filter(team_id=access.team.id, is_active=True)
        if accounts.filter(pk=service_account_id).exists():
            return {"service_account_id": service_account_id}
    raise InvalidInput("no_such_holder", "Name one member or one service account of the team.", field="user_id")


def _check_description(text: str) -> str:
    if len(text) > DESCRIPTION_MAX_LENGTH:
        raise InvalidInput("description_too_long", f"At most {DESCRIPTION_MAX_LENGTH} characters.", field="description")
    return text


def _audit(access: Access, action: str, kind: str, object_id: object, label: str, **more: Any) -> None:
    audit(access, action, kind, object_id, object_label=label, project_slug=access.project.slug, **more)


def operator_access(project: Project) -> Access:
    """The rights of whoever runs commands on the server: an owner's, in one project."""
    team = project.team
    permissions = effective_permissions(TeamRole.OWNER, visibility=Visibility(project.visibility))
    return Access(OPERATOR, team_ref(team), TeamRole.OWNER, permissions, project_ref(project))
