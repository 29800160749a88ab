"""From an HTTP request to a Credential and an Access, with a cache that a change of rights empties at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

from apps.common.clock import now
from apps.common.errors import InvalidInput, NotFound, Unauthenticated
from apps.projects.queries import project_access, project_access_by_id, visible_projects
from apps.teams.access import Access, Credential, TeamAccess
from apps.teams.models import Team
from apps.teams.queries import team_access, token_credential
from apps.teams.tokens import token_fingerprint, token_of_header

# A cached Access is only ever used together with a check of its epoch (apps.projects.tenancy, metric ingest), so its
# age bounds nothing but how stale a token's last use may be.
CACHE_LIFE = timedelta(seconds=60)
CACHE_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class _Entry:
    access: Access
    made_at: datetime


class AccessCache:
    """Access by (token fingerprint, team slug, project slug), a process's own. Bounded; emptied whole when full."""

    def __init__(self) -> None:
        self._entries: dict[tuple[bytes, str, str], _Entry] = {}

    def get(self, key: tuple[bytes, str, str]) -> Access | None:
        """The Access under `key` unless it is too old or its token has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        moment = now()
        expires_at = entry.access.credential.expires_at
        if moment - entry.made_at > CACHE_LIFE or (expires_at is not None and expires_at <= moment):
            self._entries.pop(key, None)
            return None
        return entry.access

    def put(self, key: tuple[bytes, str, str], access: Access) -> None:
        """Keep `access`."""
        if len(self._entries) >= CACHE_ENTRIES:
            self._entries.clear()
        self._entries[key] = _Entry(access, now())

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


access_cache = AccessCache()


def request_token(request: HttpRequest) -> str:
    """The token of a request: Bearer, or the password of Basic.

    Raises:
        Unauthenticated: there is none.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    token = token_of_header(header) if header else None
    if token is None:
        raise Unauthenticated("no_credential", "You are not authenticated: send an API token.")
    return token


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever connected."""
    return request.META.get("REMOTE_ADDR") or None


def token_access(
    request: HttpRequest, *, team_slug: str | None, project_slug: str | None, fresh: bool = False
) -> Access:
    """The Access of a token request, no statement when it is cached, two when not.

    Args:
        request: carries the token.
        team_slug: from the path; None for root addressing.
        project_slug: from the path, or from the workspace header; None to take the project that the token is bound to.
        fresh: resolve again, whatever is cached: after StaleAccess.

    Raises:
        Unauthenticated: no valid token; said before anything about tenants.
        NotFound: no such project, or not the token's.
        InvalidInput: root addressing and nothing says which project.
    """
    token = request_token(request)
    key = (token_fingerprint(token), team_slug or "", project_slug or "")
    access = None if fresh else access_cache.get(key)
    if access is None:
        credential = token_credential(token, address=client_address(request))
        access = _resolve(credential, team_slug, project_slug)
        access_cache.put(key, access)
    return access


def _resolve(credential: Credential, team_slug: str | None, project_slug: str | None) -> Access:
    if team_slug is not None and project_slug is not None:
        return project_access(credential, team_slug, project_slug)
    if credential.project_id is not None:
        access = project_access_by_id(credential, credential.project_id)
        if project_slug not in {None, access.project.slug}:
            raise NotFound
        return access
    if project_slug is None:
        raise InvalidInput(
            "project_not_named",
            "Say which project: put /{team}/{project} into the tracking URI, or send X-MLFLOW-WORKSPACE.",
        )
    for visible in visible_projects(credential):
        if visible.access.project.slug == project_slug:
            return visible.access
    raise NotFound


def token_team_access(request: HttpRequest, team_slug: str | None = None) -> TeamAccess:
    """The rights of a token in its team: for routes about the team and not about one project.

    Raises:
        Unauthenticated: no valid token.
        NotFound: `team_slug` is not the token's team.
    """
    credential = token_credential(request_token(request), address=client_address(request))
    slug = Team.objects.filter(tokens=credential.token_id).values_list("slug", flat=True).first()
    if slug is None or team_slug not in {None, slug}:
        raise NotFound
    return team_access(credential, slug)
