"""The forms of teams, members, service accounts and the audit trail."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.audit.models import AuditEvent
from apps.common.api.serializers import Input, Shape
from apps.teams.permissions import TeamRole

WHEN = "2026-11-23T15:45:00Z"
ROLES = [role.value for role in TeamRole]


class ActorShape(Shape):
    """Who: a user, a service account, the operator at the command line, or the system."""

    kind = serializers.CharField(help_text="user, service-account, operator or system")
    id = serializers.IntegerField(allow_null=True)
    label = serializers.CharField(  # type: ignore[assignment]  # fields leave the class when it is made
        help_text="An e-mail address, or the name of a service account."
    )

    example = {"kind": "user", "id": 7, "label": "ada@acme.test"}


class TeamShape(Shape):
    """A team, and what the actor is in it."""

    slug = serializers.CharField(help_text="Its name in addresses.")
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField()

    example = {"slug": "acme", "name": "Acme", "role": "owner", "created_at": WHEN}


class NewTeam(Input):
    """A team to be."""

    slug = serializers.CharField(max_length=48, help_text="Lower-case letters, digits and single hyphens.")
    name = serializers.CharField(max_length=120, required=False)

    example = {"slug": "acme", "name": "Acme"}


class TeamChange(Input):
    """A team's new name."""

    name = serializers.CharField(max_length=120)

    example = {"name": "Acme Research"}


class MemberShape(Shape):
    """A user's role in a team."""

    user_id = serializers.IntegerField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField()

    example = {"user_id": 7, "email": "ada@acme.test", "name": "Ada", "role": "member", "created_at": WHEN}


class NewMember(Input):
    """Somebody with an account, to become a member."""

    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=ROLES, default=TeamRole.MEMBER.value)

    example = {"email": "ada@acme.test", "role": "member"}


class RoleChange(Input):
    """Another role."""

    role = serializers.ChoiceField(choices=ROLES)

    example = {"role": "admin"}


class ServiceAccountShape(Shape):
    """A member that is no person."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField()

    example = {"id": 3, "name": "ci", "role": "member", "created_at": WHEN}


class NewServiceAccount(Input):
    """A service account to be."""

    name = serializers.CharField(max_length=64)
    role = serializers.ChoiceField(choices=[role for role in ROLES if role != TeamRole.OWNER], default="member")

    example = {"name": "ci", "role": "member"}


class AuditedObject(Shape):
    """What something was done to."""

    kind = serializers.CharField(source="object_kind")
    id = serializers.CharField(source="object_id")
    label = serializers.CharField(source="object_label")  # type: ignore[assignment]  # as above

    example = {"kind": "user", "id": "8", "label": "new@acme.test"}


class AuditEventShape(Shape):
    """One change: who did what, to what, when and from where."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.SerializerMethodField()
    token_id = serializers.IntegerField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    project = serializers.CharField(source="project_slug", help_text="Empty where no project is concerned.")
    action = serializers.CharField(help_text="Object and verb, as member.add.")
    object = AuditedObject(source="*")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)

    example = {
        "id": 41,
        "at": WHEN,
        "actor": ActorShape.example,
        "token_id": None,
        "address": "192.0.2.7",
        "project": "",
        "action": "member.add",
        "object": AuditedObject.example,
        "before": None,
        "after": {"role": "member"},
    }

    def get_actor(self, event: AuditEvent) -> dict[str, Any]:
        """Who did it."""
        return {"kind": event.actor_kind, "id": event.actor_id, "label": event.actor_label}
