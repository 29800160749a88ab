"""The forms of the actor, projects, grants and tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.common.api.serializers import Input, RowId, Shape
from apps.projects.models import ProjectGrant
from apps.projects.queries import VisibleProject
from apps.teams.api.serializers import WHEN, ActorShape, TeamShape
from apps.teams.models import ApiToken, ServiceAccount
from apps.teams.permissions import ProjectRole, Scope, Visibility

VISIBILITIES = [visibility.value for visibility in Visibility]
SCOPES = [scope.value for scope in Scope]
PERMISSIONS_HELP = "What the actor may do here."


class ProjectShape(Shape):
    """A project, and what the actor may do in it."""

    team = serializers.CharField(source="access.team.slug")
    slug = serializers.CharField(source="project.slug")
    name = serializers.CharField(source="project.name")
    description = serializers.CharField(source="project.description")
    visibility = serializers.ChoiceField(choices=VISIBILITIES, source="project.visibility")
    created_at = serializers.DateTimeField(source="project.created_at")
    permissions = serializers.SerializerMethodField(help_text=PERMISSIONS_HELP)

    example = {
        "team": "acme",
        "slug": "vision",
        "name": "Vision",
        "description": "",
        "visibility": "open",
        "created_at": WHEN,
        "permissions": ["project:read", "run:log"],
    }

    def get_permissions(self, visible: VisibleProject) -> list[str]:
        """What the actor may do here."""
        return sorted(visible.access.permissions)


class NewProject(Input):
    """A project to be."""

    slug = serializers.CharField(max_length=48, help_text="Lower-case letters, digits and single hyphens.")
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    visibility = serializers.ChoiceField(
        choices=VISIBILITIES, default="open", help_text="open to the team, or restricted to its admins and grants"
    )

    example = {"slug": "vision", "name": "Vision", "visibility": "open"}


class ProjectChange(Input):
    """What is to change of a project."""

    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)

    example = {"description": "Defects on castings", "visibility": "restricted"}


class GrantShape(Shape):
    """A role in one project."""

    id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=[role.value for role in ProjectRole])
    holder = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    example = {"id": 5, "role": "editor", "holder": ActorShape.example, "created_at": WHEN}

    def get_holder(self, grant: ProjectGrant) -> dict[str, Any]:
        """Who has it."""
        return owner_of(grant)


class NewGrant(Input):
    """A role for one member or one service account of the team."""

    role = serializers.ChoiceField(choices=[role.value for role in ProjectRole])
    user_id = RowId(required=False)
    service_account_id = RowId(required=False)

    example = {"role": "editor", "user_id": 7}


class TokenShape(Shape):
    """A token, without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.SerializerMethodField(help_text="How the token begins.")
    owner = serializers.SerializerMethodField()
    project = serializers.SerializerMethodField(
        help_text="The one project that it reaches; null for all of its owner's."
    )
    scopes = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    created_at = serializers.DateTimeField()

    example = {
        "id": 12,
        "name": "laptop",
        "prefix": "rf_3f9c2a71d04b",
        "owner": ActorShape.example,
        "project": "vision",
        "scopes": ["read", "write"],
        "expires_at": None,
        "last_used_at": WHEN,
        "created_at": WHEN,
    }

    def get_prefix(self, token: ApiToken) -> str:
        """How the token begins."""
        return f"rf_{token.prefix}"

    def get_owner(self, token: ApiToken) -> dict[str, Any]:
        """Whom it acts for."""
        return owner_of(token)

    def get_project(self, token: ApiToken) -> str | None:
        """What it is bound to."""
        return token.project.slug if token.project else None

    def get_scopes(self, token: ApiToken) -> list[str]:
        """What it may be used for."""
        return token.scopes.split(",")


class IssuedTokenShape(TokenShape):
    """A new token and, this once, its text."""

    token = serializers.SerializerMethodField(help_text="Shown now and never again.")

    example = TokenShape.example | {"token": "rf_3f9c2a71d04b_the-secret-part"}

    def get_token(self, _: ApiToken) -> str:
        """The token itself."""
        return str(self.context["text"])


class NewToken(Input):
    """A token to be."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), default=["read", "write", "registry"])
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=3650, allow_null=True, default=None, help_text="Null for a token that does not expire."
    )
    project = serializers.CharField(
        allow_null=True, default=None, help_text="The slug of the one project that it shall reach."
    )
    service_account_id = RowId(allow_null=True, default=None, help_text="Whom it acts for; the actor if null.")

    example = {"name": "laptop", "scopes": ["read", "write"], "expires_in_days": 90, "project": "vision"}


class TokenInUse(Shape):
    """How far the token of this request reaches."""

    id = serializers.IntegerField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    expires_at = serializers.DateTimeField(allow_null=True)

    example = {"id": 12, "scopes": ["read", "write"], "expires_at": None}


class Me(Shape):
    """Who asks, and what they see."""

    actor = ActorShape()
    token = TokenInUse(allow_null=True, help_text="Null in a browser session.")
    teams = TeamShape(many=True)
    projects = ProjectShape(many=True)

    example = {
        "actor": ActorShape.example,
        "token": TokenInUse.example,
        "teams": [TeamShape.example],
        "projects": [ProjectShape.example],
    }


def owner_of(row: ApiToken | ProjectGrant) -> dict[str, Any]:
    """The user or service account of a token or grant."""
    owner = row.user or row.service_account
    if isinstance(owner, ServiceAccount):
        return {"kind": "service-account", "id": owner.pk, "label": owner.name}
    return {"kind": "user", "id": row.user_id, "label": str(owner)}
