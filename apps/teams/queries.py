"""Reads of teams: credentials, and what an actor may do in a team."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from apps.accounts.models import User
from apps.audit.actors import Actor, ActorKind
from apps.common.clock import now
from apps.common.errors import NotFound, Unauthenticated
from apps.teams.access import Credential, TeamAccess, TeamRef
from apps.teams.models import ApiToken, Membership, ServiceAccount, Team
from apps.teams.permissions import Permission, Scope, TeamRole, effective_permissions
from apps.teams.tokens import token_digest, token_prefix

# `last_used_at` is exact to this, so that a busy token costs no write a request.
LAST_USE_RESOLUTION = timedelta(minutes=1)
# What a token that is bound to one project may do in the team around it, whatever its scopes and its owner's role.
PROJECT_TOKEN_PERMISSIONS = frozenset({Permission.TEAM_READ, Permission.TOKEN_OWN})


def user_credential(user: User, *, address: str | None = None) -> Credential:
    """The credential of a signed-in browser session."""
    return Credential(Actor(ActorKind.USER, user.pk, user.email), address=address)


def token_credential(text: str, *, address: str | None = None) -> Credential:
    """Whom a token acts for, and how far it reaches. One statement, and one more at most once a minute.

    Raises:
        Unauthenticated: the token is malformed, unknown, revoked, expired, or its owner may no longer sign in.
    """
    prefix = token_prefix(text)
    row = _live_tokens().filter(prefix=prefix).select_related("user", "service_account").first() if prefix else None
    if row is None or not hmac.compare_digest(bytes(row.digest), token_digest(text)):
        raise Unauthenticated("invalid_token", "The token is not valid: it may be mistyped, expired or revoked.")
    _note_use(row, address)
    return _credential(row, address)


def credential_of_token(token_id: int) -> Credential:
    """What a token proves now that was used to ask for something which is done later.

    Raises:
        Unauthenticated: the token was revoked or has expired since, or its owner may no longer sign in.
    """
    row = _live_tokens().filter(pk=token_id).select_related("user", "service_account").first()
    if row is None:
        raise Unauthenticated("invalid_token", "The token was revoked or has expired.")
    return _credential(row, None)


def _credential(row: ApiToken, address: str | None) -> Credential:
    return Credential(
        _owner(row),
        token_id=row.pk,
        team_id=row.team_id,
        project_id=row.project_id,
        scopes=frozenset(Scope(word) for word in row.scopes.split(",") if word),
        expires_at=row.expires_at,
        address=address,
    )


def _live_tokens() -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now()),
        Q(user__is_active=True) | Q(service_account__is_active=True),
        revoked_at=None,
    )


def _owner(token: ApiToken) -> Actor:
    if token.user is not None:
        return Actor(ActorKind.USER, token.user.pk, token.user.email)
    assert token.service_account is not None  # noqa: S101 - a constraint of the table
    return Actor(ActorKind.SERVICE_ACCOUNT, token.service_account.pk, token.service_account.name)


def _note_use(token: ApiToken, address: str | None) -> None:
    moment = now()
    if token.last_used_at is None or token.last_used_at < moment - LAST_USE_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment, last_used_address=address)


def team_ref(team: Team) -> TeamRef:
    """The part of a team that an Access carries."""
    return TeamRef(team.pk, team.slug, team.name, team.uuid, team.access_epoch)


def role_in_team(credential: Credential, team_id: int) -> TeamRole | None:
    """The actor's role in a team, or None for a stranger."""
    actor = credential.actor
    if actor.id is None or credential.team_id not in {None, team_id}:
        return None
    found: QuerySet[Any]
    if actor.kind is ActorKind.SERVICE_ACCOUNT:
        found = ServiceAccount.objects.filter(pk=actor.id, team_id=team_id, is_active=True)
    else:
        found = Membership.objects.filter(user_id=actor.id, team_id=team_id, user__is_active=True)
    role = found.values_list("role", flat=True).first()
    return TeamRole(role) if role else None


def team_access(credential: Credential, team_slug: str) -> TeamAccess:
    """The actor's rights in a team.

    Raises:
        NotFound: there is no such team, or the actor is no part of it, or the token is bound to another.
    """
    team = Team.objects.filter(slug=team_slug).first()
    role = role_in_team(credential, team.pk) if team else None
    if team is None or role is None:
        raise NotFound
    permissions = effective_permissions(role, scopes=credential.scopes)
    if credential.project_id is not None:
        permissions &= PROJECT_TOKEN_PERMISSIONS
    return TeamAccess(credential, team_ref(team), role, permissions)


def teams_of(credential: Credential) -> QuerySet[Team]:
    """The actor's teams, each with `role`, by slug; a token shows the one that it is bound to."""
    if credential.actor.kind is ActorKind.SERVICE_ACCOUNT:
        teams = Team.objects.filter(service_accounts=credential.actor.id).annotate(role=F("service_accounts__role"))
    else:
        teams = Team.objects.filter(memberships__user=credential.actor.id).annotate(role=F("memberships__role"))
    if credential.team_id is not None:
        teams = teams.filter(pk=credential.team_id)
    return teams.order_by("slug")


def members_of(access: TeamAccess) -> QuerySet[Membership]:
    """The team's members with their users, by e-mail."""
    access.require(Permission.TEAM_READ)
    return Membership.objects.filter(team_id=access.team.id).select_related("user").order_by("user__email")


def service_accounts_of(access: TeamAccess) -> QuerySet[ServiceAccount]:
    """The team's service accounts that are active, by name."""
    access.require(Permission.TEAM_READ)
    return ServiceAccount.objects.filter(team_id=access.team.id, is_active=True).order_by("name")


def tokens_of(access: TeamAccess) -> QuerySet[ApiToken]:
    """The tokens that the actor may revoke, newest first, revoked ones left out: one's own; all of the team for admins."""
    access.require(Permission.TOKEN_OWN)
    tokens = ApiToken.objects.filter(team_id=access.team.id, revoked_at=None)
    if not access.allows(Permission.SERVICE_ACCOUNT_MANAGE):
        is_user = access.actor.kind is ActorKind.USER
        tokens = tokens.filter(**{"user" if is_user else "service_account": access.actor.id})
    return tokens.select_related("user", "service_account", "project").order_by("-id")
