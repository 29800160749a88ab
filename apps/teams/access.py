"""Access: who acts, where, and what they may do there. Made once per request, passed to every query and service."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from apps.audit.actors import Actor
from apps.common.errors import DomainError, NotFound, PermissionDenied
from apps.teams.permissions import Permission, Scope, TeamRole


@dataclass(frozen=True, slots=True)
class TeamRef:
    """The team of an Access. `epoch` changes with every change of anybody's rights in the team."""

    id: int
    slug: str
    name: str
    uuid: uuid.UUID
    epoch: int


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """The project of an Access. `has_webhooks`: somebody is to be told of what happens in it (apps.webhooks)."""

    id: int
    slug: str
    name: str
    uuid: uuid.UUID
    has_webhooks: bool


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request proved: who it is, and how far its token reaches. A session has no token and no scopes.

    `team_id` and `project_id` bind a token; None means not bound.
    """

    actor: Actor
    token_id: int | None = None
    team_id: int | None = None
    project_id: int | None = None
    scopes: frozenset[Scope] | None = None
    expires_at: datetime | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class TeamAccess:
    """Rights of an actor in a team; `Access` adds a project."""

    credential: Credential
    team: TeamRef
    role: TeamRole
    permissions: frozenset[Permission]

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.credential.actor

    def allows(self, permission: Permission) -> bool:
        """Whether the actor has `permission` here."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """The one check.

        Raises:
            PermissionDenied: the actor has not got `permission`.
        """
        if permission not in self.permissions:
            raise PermissionDenied("permission_denied", f"Permission denied: this needs {permission.value}.")


@dataclass(frozen=True, slots=True)
class Access(TeamAccess):
    """Rights of an actor in one project of a team: the first argument of every query and service on tracked data."""

    project: ProjectRef

    def require(self, permission: Permission) -> None:
        """The one check.

        Raises:
            NotFound: the actor may not even see the project: it might as well not exist.
            PermissionDenied: the actor sees the project and has not got `permission`.
        """
        if permission not in self.permissions:
            if Permission.PROJECT_READ not in self.permissions:
                raise NotFound
            raise PermissionDenied("permission_denied", f"Permission denied: this needs {permission.value}.")


class StaleAccess(DomainError):
    """Rights in the team changed since the Access was made: resolve it again and repeat. Never reaches a client."""

    status = 503

    def __init__(self) -> None:
        super().__init__("stale_access", "Rights changed during the request: repeat it.")
