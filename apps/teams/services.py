"""Writes of teams: members, service accounts and tokens. Every change of rights bumps the team's access epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts.models import User
from apps.audit.actors import Actor, ActorKind
from apps.audit.services import record
from apps.common.clock import now
from apps.common.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from apps.teams.access import Credential, TeamAccess
from apps.teams.models import ApiToken, Membership, ServiceAccount, Team
from apps.teams.permissions import TEAM_PERMISSIONS, Permission, Scope, TeamRole
from apps.teams.queries import team_ref
from apps.teams.slugs import RESERVED_TEAM_SLUGS, check_slug
from apps.teams.tokens import new_token

NAME_MAX_LENGTH = 64
OPERATOR = Credential(Actor(ActorKind.OPERATOR, None, "operator"))
DEFAULT_SCOPES = (Scope.READ, Scope.WRITE, Scope.REGISTRY)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token and its text, which is never to be had again."""

    token: ApiToken
    text: str


def bump_epoch(team_id: int) -> None:
    """Make every cached Access of the team stale, from the end of this transaction on, in every process."""
    Team.objects.filter(pk=team_id).update(access_epoch=F("access_epoch") + 1)


def audit(access: TeamAccess, action: str, object_kind: str, object_id: object, **more: Any) -> None:
    """Write down a change that `access` makes."""
    record(
        team_id=access.team.id,
        actor=access.actor,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        token_id=access.credential.token_id,
        address=access.credential.address,
        **more,
    )


def create_team(credential: Credential, *, slug: str, name: str = "", owner: User) -> Team:
    """A new team with `owner` as its first member.

    Raises:
        InvalidInput: the slug cannot be one.
        Conflict: it is taken. Team slugs are public words: saying so tells nothing that a sign-up would not.
    """
    check_slug(slug, reserved=RESERVED_TEAM_SLUGS)
    try:
        with transaction.atomic():
            team = Team.objects.create(slug=slug, name=check_name(name or slug, maximum=120))
            Membership.objects.create(team=team, user=owner, role=TeamRole.OWNER)
            record(
                team_id=team.pk,
                actor=credential.actor,
                action="team.create",
                object_kind="team",
                object_id=team.pk,
                object_label=slug,
                after={"slug": slug, "owner": owner.email},
                address=credential.address,
            )
    except IntegrityError as exc:
        raise Conflict("team_exists", f"The team name {slug!r} is taken.", field="slug") from exc
    return team


def rename_team(access: TeamAccess, *, name: str) -> Team:
    """Change how people call the team; its slug, which addresses carry, stays."""
    access.require(Permission.TEAM_MANAGE)
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=access.team.id)
        before, team.name = team.name, check_name(name, maximum=120)
        team.save(update_fields=["name"])
        audit(access, "team.rename", "team", team.pk, before={"name": before}, after={"name": team.name})
    return team


def add_member(access: TeamAccess, *, email: str, role: TeamRole) -> Membership:
    """Make an existing user a member.

    Raises:
        InvalidInput: nobody has signed up with this address.
        Conflict: already a member.
        PermissionDenied: only owners make owners.
    """
    access.require(Permission.MEMBER_MANAGE)
    _may_give(access, role)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise InvalidInput("no_such_user", f"Nobody has an account with the address {email!r} yet.", field="email")
    try:
        with transaction.atomic():
            member = Membership.objects.create(team_id=access.team.id, user=user, role=role)
            bump_epoch(access.team.id)
            audit(access, "member.add", "user", user.pk, object_label=user.email, after={"role": role})
    except IntegrityError as exc:
        raise Conflict("already_member", f"{user.email} is a member already.", field="email") from exc
    return member


def set_member_role(access: TeamAccess, *, user_id: int, role: TeamRole) -> Membership:
    """Change a member's role; it counts from the member's next request on.

    Raises:
        NotFound: no such member.
        Conflict: the last owner would be gone.
        PermissionDenied: only owners make or unmake owners.
    """
    access.require(Permission.MEMBER_MANAGE)
    with transaction.atomic():
        member = _member_for_update(access, user_id)
        _may_give(access, role)
        _may_give(access, TeamRole(member.role))
        _keep_an_owner(member, role)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        bump_epoch(access.team.id)
        audit(
            access, "member.role", "user", user_id,
            object_label=member.user.email, before={"role": before}, after={"role": role},
        )  # fmt: skip
    return member


def remove_member(access: TeamAccess, *, user_id: int) -> None:
    """Take a member out of the team, their tokens in it and their grants with them.

    Raises:
        NotFound: no such member.
        Conflict: the last owner cannot leave.
        PermissionDenied: only owners remove owners; everybody may leave.
    """
    leaving = access.actor.user_id == user_id
    if not leaving:
        access.require(Permission.MEMBER_MANAGE)
    with transaction.atomic():
        member = _member_for_update(access, user_id)
        if not leaving:
            _may_give(access, TeamRole(member.role))
        _keep_an_owner(member, None)
        ApiToken.objects.filter(team=access.team.id, user=user_id, revoked_at=None).update(revoked_at=now())
        member.user.project_grants.filter(project__team=access.team.id).delete()
        member.delete()
        bump_epoch(access.team.id)
        audit(access, "member.remove", "user", user_id, object_label=member.user.email, before={"role": member.role})


def create_service_account(access: TeamAccess, *, name: str, role: TeamRole = TeamRole.MEMBER) -> ServiceAccount:
    """An account for machines. It is never more than an admin.

    Raises:
        InvalidInput: no name, or the role of an owner.
        Conflict: the name is taken in this team.
    """
    access.require(Permission.SERVICE_ACCOUNT_MANAGE)
    if role is TeamRole.OWNER:
        raise InvalidInput("service_account_owner", "A service account cannot own a team.", field="role")
    try:
        with transaction.atomic():
            account = ServiceAccount.objects.create(
                team_id=access.team.id, name=check_name(name, maximum=NAME_MAX_LENGTH), role=role
            )
            audit(
                access, "service_account.create", "service_account", account.pk,
                object_label=account.name, after={"role": role},
            )  # fmt: skip
    except IntegrityError as exc:
        raise Conflict("service_account_exists", f"There is a service account {name!r} already.", field="name") from exc
    return account


def deactivate_service_account(access: TeamAccess, *, service_account_id: int) -> None:
    """Stop a service account: its tokens are refused from the next request on.

    Raises:
        NotFound: no such service account in the team.
    """
    access.require(Permission.SERVICE_ACCOUNT_MANAGE)
    with transaction.atomic():
        account = ServiceAccount.objects.filter(pk=service_account_id, team_id=access.team.id).first()
        if account is None:
            raise NotFound
        account.is_active = False
        account.save(update_fields=["is_active"])
        bump_epoch(access.team.id)
        audit(access, "service_account.deactivate", "service_account", account.pk, object_label=account.name)


def create_token(
    access: TeamAccess,
    *,
    name: str,
    scopes: Iterable[Scope] = DEFAULT_SCOPES,
    life: timedelta | None = None,
    project_id: int | None = None,
    service_account_id: int | None = None,
    user: User | None = None,
) -> IssuedToken:
    """A token in the team, for oneself, or for one of its service accounts.

    Args:
        access: who asks. A token that makes tokens hands on no scope that it has not got itself.
        name: how its owner will know it.
        scopes: what it may be used for; its owner's rights bound it anyway.
        life: until it expires; None for never.
        project_id: bind it to this project. The caller has checked that the actor sees the project.
        service_account_id: whom it acts for; the actor if None.
        user: whom it acts for; for the operator's commands only.

    Raises:
        InvalidInput: no name, no scope, or no life left.
        NotFound: no such service account in the team.
        PermissionDenied: tokens of service accounts are for admins; scopes beyond one's own.
    """
    chosen = _check_scopes(access, scopes)
    if access.credential.project_id not in {None, project_id}:
        raise PermissionDenied("project_beyond_own", "A token of one project makes tokens of that project only.")
    expires_at = _expiry(life)
    owner = _token_owner(access, service_account_id=service_account_id, user=user)
    drawn = new_token()
    with transaction.atomic():
        token = ApiToken.objects.create(
            team_id=access.team.id,
            project_id=project_id,
            name=check_name(name, maximum=100),
            prefix=drawn.prefix,
            digest=drawn.digest,
            scopes=",".join(sorted(chosen)),
            expires_at=expires_at,
            **owner,
        )
        audit(
            access, "token.create", "token", token.pk, object_label=token.name,
            after={"scopes": token.scopes, "expires_at": expires_at.isoformat() if expires_at else None},
        )  # fmt: skip
    return IssuedToken(token, drawn.text)


def revoke_token(access: TeamAccess, *, token_id: int) -> None:
    """End a token: the next request with it is refused, in every process.

    Raises:
        NotFound: no such token that the actor may revoke (one's own; any of the team for its admins).
    """
    tokens = ApiToken.objects.filter(pk=token_id, team_id=access.team.id)
    if not access.allows(Permission.SERVICE_ACCOUNT_MANAGE):
        tokens = tokens.filter(user_id=_own_user_id(access))
    with transaction.atomic():
        token = tokens.select_for_update(of=("self",)).first()
        if token is None:
            raise NotFound
        if token.revoked_at is None:
            token.revoked_at = now()
            token.save(update_fields=["revoked_at"])
            bump_epoch(access.team.id)
            audit(access, "token.revoke", "token", token.pk, object_label=token.name)


def check_name(name: str, *, maximum: int, field: str = "name") -> str:
    """`name` without blanks around it.

    Raises:
        InvalidInput: empty, too long, or with control characters.
    """
    name = name.strip()
    if not name or len(name) > maximum or not name.isprintable():
        raise InvalidInput("invalid_name", f"Give a name of 1 to {maximum} printable characters.", field=field)
    return name


def _member_for_update(access: TeamAccess, user_id: int) -> Membership:
    members = Membership.objects.select_for_update(of=("self",)).select_related("user")
    member = members.filter(team_id=access.team.id, user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def _may_give(access: TeamAccess, role: TeamRole) -> None:
    if role is TeamRole.OWNER and access.role is not TeamRole.OWNER:
        raise PermissionDenied("owners_only", "Only an owner can make, change or remove an owner.")


def _keep_an_owner(member: Membership, role: TeamRole | None) -> None:
    """Refuse to take the last owner's role away. The owners' rows are locked: two cannot leave at once."""
    if member.role != TeamRole.OWNER or role is TeamRole.OWNER:
        return
    owners = Membership.objects.select_for_update().filter(team_id=member.team_id, role=TeamRole.OWNER)
    if len(owners) == 1:
        raise Conflict("last_owner", "A team needs an owner: make somebody else one first.")


def _own_user_id(access: TeamAccess) -> int:
    """The actor's key as a user; a key that nobody has for any other actor."""
    return access.actor.user_id or 0


def _check_scopes(access: TeamAccess, scopes: Iterable[Scope]) -> frozenset[Scope]:
    chosen = frozenset(scopes)
    if not chosen:
        raise InvalidInput("no_scopes", "Choose at least one scope.", field="scopes")
    mine = access.credential.scopes
    if mine is not None and Scope.ADMIN not in mine and not chosen <= mine:
        raise PermissionDenied("scope_beyond_own", "A token cannot hand on scopes that it has not got.")
    return chosen


def _expiry(life: timedelta | None) -> datetime | None:
    if life is None:
        return None
    if life <= timedelta(0):
        raise InvalidInput("invalid_expiry", "The token would have expired already.", field="expires_in_days")
    return now() + life


def _token_owner(access: TeamAccess, *, service_account_id: int | None, user: User | None) -> dict[str, Any]:
    if service_account_id is not None:
        access.require(Permission.SERVICE_ACCOUNT_MANAGE)
        account = ServiceAccount.objects.filter(pk=service_account_id, team_id=access.team.id, is_active=True).first()
        if account is None:
            raise NotFound
        return {"service_account": account}
    if access.actor.kind is ActorKind.OPERATOR:
        return {"user": user}
    access.require(Permission.TOKEN_OWN)
    if access.actor.kind is ActorKind.SERVICE_ACCOUNT:
        return {"service_account_id": access.actor.id}
    return {"user_id": access.actor.id}


def operator_access(team: Team) -> TeamAccess:
    """The rights of whoever runs commands on the server: an owner's."""
    return TeamAccess(OPERATOR, team_ref(team), TeamRole.OWNER, TEAM_PERMISSIONS[TeamRole.OWNER])
