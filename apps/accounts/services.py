"""Writes of accounts: users, and links that sign one in once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from apps.accounts.models import SignInLink, User
from apps.audit.actors import Actor, ActorKind
from apps.audit.services import record
from apps.common.clock import now
from apps.common.errors import Conflict, InvalidInput, NotFound

LINK_LIFE = timedelta(hours=1)


def create_user(*, email: str, password: str | None = None, name: str = "", is_operator: bool = False) -> User:
    """A new account; without a password it signs in by a link only.

    Raises:
        InvalidInput: no e-mail address, or a weak password.
        Conflict: the address has an account already.
    """
    try:
        validate_email(email.strip())
    except ValidationError as exc:
        raise InvalidInput("invalid_email", f"{email!r} is not an e-mail address.", field="email") from exc
    if password is not None:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as exc:
            raise InvalidInput("weak_password", " ".join(exc.messages), field="password") from exc
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name, is_staff=is_operator, is_superuser=is_operator)
    except IntegrityError as exc:
        raise Conflict("user_exists", f"{email} has an account already.", field="email") from exc


def issue_sign_in_link(user: User) -> str:
    """The secret of a link that signs `user` in once, within the hour. Only its digest is kept."""
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, digest=_digest(secret), expires_at=now() + LINK_LIFE)
    return secret


def use_sign_in_link(secret: str, *, address: str | None = None) -> User:
    """The user of a link, which is used up by this.

    Raises:
        NotFound: unknown, used, expired, or the account is closed.
    """
    moment = now()
    with transaction.atomic():
        links = SignInLink.objects.select_for_update(of=("self",)).select_related("user")
        link = links.filter(digest=_digest(secret), used_at=None, expires_at__gt=moment, user__is_active=True).first()
        if link is None:
            raise NotFound("link_used_up", "This sign-in link was used already, or has expired: ask for a new one.")
        link.used_at = moment
        link.save(update_fields=["used_at"])
        record(
            team_id=None, actor=Actor(ActorKind.USER, link.user.pk, link.user.email), action="sign_in.link", object_kind="user",
            object_id=link.user.pk, object_label=link.user.email, address=address,
        )  # fmt: skip
    return link.user


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
