"""Teams, who belongs to them, and the tokens that act in them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from apps.common.clock import now
from apps.teams.permissions import TeamRole

SLUG_MAX_LENGTH = 48


def _choices(enum: type[TeamRole]) -> list[tuple[str, str]]:
    return [(item.value, item.value) for item in enum]


class Team(models.Model):
    """The tenant. Whoever may do what in it changes only together with `access_epoch`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=SLUG_MAX_LENGTH, unique=True)
    name = models.CharField(max_length=120)
    # Bumped, in the same transaction, by every change of members, grants, projects or tokens: a cached Access
    # is valid while it carries the current value.
    access_epoch = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """A user's role in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=_choices(TeamRole))
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="teams_membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.team_id}"


class ServiceAccount(models.Model):
    """A member of a team that is no person: CI, a scheduler, a training cluster. It acts through tokens only."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="service_accounts")
    name = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=_choices(TeamRole), default=TeamRole.MEMBER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="teams_serviceaccount_name")]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A credential for code: `rf_<prefix>_<secret>`, shown once; only an HMAC-SHA-256 of it is kept."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="tokens")
    # Null: any project of the team that its owner may see.
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    service_account = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    # A comma-separated set of Scope values.
    scopes = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, service_account__isnull=True)
                | models.Q(user__isnull=True, service_account__isnull=False),
                name="teams_apitoken_one_owner",
            )
        ]
        indexes = [models.Index(fields=["team", "-id"], name="teams_apitoken_newest")]

    def __str__(self) -> str:
        return f"{self.name} (rf_{self.prefix}_…)"
