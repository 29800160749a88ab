"""What may be done, by whom: one enum, one table of roles, one function that says the effective rights."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """A right that a route declares and a service requires."""

    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    MEMBER_MANAGE = "member:manage"
    SERVICE_ACCOUNT_MANAGE = "service-account:manage"
    AUDIT_READ = "audit:read"
    TOKEN_OWN = "token:own"  # noqa: S105
    PROJECT_CREATE = "project:create"
    PROJECT_READ = "project:read"
    PROJECT_MANAGE = "project:manage"
    PROJECT_DELETE = "project:delete"
    EXPERIMENT_WRITE = "experiment:write"
    EXPERIMENT_DELETE = "experiment:delete"
    RUN_LOG = "run:log"
    RUN_DELETE = "run:delete"
    MODEL_WRITE = "model:write"
    MODEL_PROMOTE = "model:promote"


class TeamRole(StrEnum):
    """A member's role in a team."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class ProjectRole(StrEnum):
    """A role in one project, by grant or by what the team role brings."""

    VIEWER = "viewer"
    EDITOR = "editor"
    MAINTAINER = "maintainer"


class Visibility(StrEnum):
    """Who of a team sees a project without a grant."""

    OPEN = "open"
    RESTRICTED = "restricted"


class Scope(StrEnum):
    """What a token may be used for, within the rights of whom it acts for."""

    READ = "read"
    WRITE = "write"
    REGISTRY = "registry"
    ADMIN = "admin"


_VIEWER = frozenset({Permission.PROJECT_READ})
_EDITOR = _VIEWER | {
    Permission.EXPERIMENT_WRITE,
    Permission.EXPERIMENT_DELETE,
    Permission.RUN_LOG,
    Permission.RUN_DELETE,
    Permission.MODEL_WRITE,
}
_MAINTAINER = _EDITOR | {Permission.PROJECT_MANAGE, Permission.MODEL_PROMOTE}

PROJECT_PERMISSIONS: dict[ProjectRole, frozenset[Permission]] = {
    ProjectRole.VIEWER: _VIEWER,
    ProjectRole.EDITOR: _EDITOR,
    ProjectRole.MAINTAINER: _MAINTAINER,
}

_TEAM_VIEWER = frozenset({Permission.TEAM_READ, Permission.TOKEN_OWN})
_TEAM_MEMBER = _TEAM_VIEWER | {Permission.PROJECT_CREATE}
_TEAM_ADMIN = _TEAM_MEMBER | {
    Permission.TEAM_MANAGE,
    Permission.MEMBER_MANAGE,
    Permission.SERVICE_ACCOUNT_MANAGE,
    Permission.AUDIT_READ,
    Permission.PROJECT_DELETE,
}

TEAM_PERMISSIONS: dict[TeamRole, frozenset[Permission]] = {
    TeamRole.OWNER: _TEAM_ADMIN,
    TeamRole.ADMIN: _TEAM_ADMIN,
    TeamRole.MEMBER: _TEAM_MEMBER,
    TeamRole.VIEWER: _TEAM_VIEWER,
}

# The project role that a team role brings without a grant.
PROJECT_ROLE_BY_TEAM_ROLE: dict[Visibility, dict[TeamRole, ProjectRole | None]] = {
    Visibility.OPEN: {
        TeamRole.OWNER: ProjectRole.MAINTAINER,
        TeamRole.ADMIN: ProjectRole.MAINTAINER,
        TeamRole.MEMBER: ProjectRole.EDITOR,
        TeamRole.VIEWER: ProjectRole.VIEWER,
    },
    Visibility.RESTRICTED: {
        TeamRole.OWNER: ProjectRole.MAINTAINER,
        TeamRole.ADMIN: ProjectRole.MAINTAINER,
        TeamRole.MEMBER: None,
        TeamRole.VIEWER: None,
    },
}

_READ = frozenset({Permission.TEAM_READ, Permission.PROJECT_READ})
SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: _READ,
    Scope.WRITE: _READ
    | {
        Permission.EXPERIMENT_WRITE,
        Permission.EXPERIMENT_DELETE,
        Permission.RUN_LOG,
        Permission.RUN_DELETE,
        Permission.MODEL_WRITE,
    },
    Scope.REGISTRY: _READ | {Permission.MODEL_WRITE, Permission.MODEL_PROMOTE},
    Scope.ADMIN: frozenset(Permission),
}

_ROLE_ORDER = tuple(ProjectRole)


def project_role(team_role: TeamRole, visibility: Visibility, granted: ProjectRole | None = None) -> ProjectRole | None:
    """The stronger of what the team role brings and what a grant gives; None when neither shows the project."""
    roles = [role for role in (PROJECT_ROLE_BY_TEAM_ROLE[visibility][team_role], granted) if role is not None]
    return max(roles, key=_ROLE_ORDER.index, default=None)


def effective_permissions(
    team_role: TeamRole,
    *,
    visibility: Visibility | None = None,
    granted: ProjectRole | None = None,
    scopes: frozenset[Scope] | None = None,
) -> frozenset[Permission]:
    """Everything that an actor may do in a team, and in one of its projects when `visibility` is given.

    Args:
        team_role: the actor's role in the team.
        visibility: the project's, or None to ask for the team's permissions alone.
        granted: the role of the actor's grant in the project, if any.
        scopes: the scopes of the token in use; None for a browser session, which has them all.
    """
    permissions = TEAM_PERMISSIONS[team_role]
    if visibility is not None and (role := project_role(team_role, visibility, granted)) is not None:
        permissions |= PROJECT_PERMISSIONS[role]
    if scopes is not None:
        permissions &= frozenset().union(*(SCOPE_PERMISSIONS[scope] for scope in scopes))
    return permissions
