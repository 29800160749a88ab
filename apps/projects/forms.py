"""Forms of projects, their grants, and tokens, which may be bound to one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django import forms

from apps.common.forms import StyledForm
from apps.projects.models import Project
from apps.teams.forms import SLUG_HELP
from apps.teams.models import SLUG_MAX_LENGTH, Membership, ServiceAccount
from apps.teams.permissions import ProjectRole, Scope, Visibility
from apps.teams.services import DEFAULT_SCOPES

VISIBILITY_CHOICES = [
    (Visibility.OPEN.value, "Open: the whole team"),
    (Visibility.RESTRICTED.value, "Restricted: those with a grant, and the team's admins"),
]
SCOPE_WORDS: dict[Scope, str] = {
    Scope.READ: "Read runs and models",
    Scope.WRITE: "Log runs",
    Scope.REGISTRY: "Register and promote models",
    Scope.ADMIN: "Everything that its owner may do",
}
GRANT_WORDS: dict[ProjectRole, str] = {
    ProjectRole.VIEWER: "Viewer: reads",
    ProjectRole.EDITOR: "Editor: logs and deletes runs",
    ProjectRole.MAINTAINER: "Maintainer: also grants and settings",
}
LIFE_CHOICES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never")]


class ProjectForm(StyledForm):
    """A new project."""

    slug = forms.CharField(label="Short name", max_length=SLUG_MAX_LENGTH, help_text=SLUG_HELP)
    name = forms.CharField(label="Name", max_length=120, required=False, help_text="Shown in lists. May be left empty.")
    description = forms.CharField(label="Description", max_length=10_000, required=False)
    visibility = forms.ChoiceField(label="Visible to", choices=VISIBILITY_CHOICES, initial=Visibility.OPEN)


class ProjectSettingsForm(StyledForm):
    """What may change of a project."""

    name = forms.CharField(label="Name", max_length=120)
    description = forms.CharField(
        label="Description", max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    visibility = forms.ChoiceField(label="Visible to", choices=VISIBILITY_CHOICES)


class GrantForm(StyledForm):
    """A role in the project for a member or a service account of its team."""

    holder = forms.ChoiceField(label="For")
    role = forms.ChoiceField(
        label="Role", choices=[(role.value, words) for role, words in GRANT_WORDS.items()], initial=ProjectRole.EDITOR
    )

    def offer(self, members: Iterable[Membership], accounts: Iterable[ServiceAccount]) -> GrantForm:
        """The form, offering these holders."""
        self.fields["holder"].choices = [  # type: ignore[attr-defined]
            *((f"user:{member.user_id}", member.user.email) for member in members),
            *((f"service-account:{account.pk}", f"{account.name} (service account)") for account in accounts),
        ]
        return self

    def holder_argument(self) -> dict[str, int]:
        """The chosen holder as the argument of `set_grant`."""
        kind, _, key = self.cleaned_data["holder"].partition(":")
        return {"user_id" if kind == "user" else "service_account_id": int(key)}


class TokenForm(StyledForm):
    """A new token."""

    name = forms.CharField(label="Name", max_length=100, help_text="Where it is used: my laptop, the training cluster.")
    owner = forms.ChoiceField(label="Acts for", required=False)
    project = forms.ChoiceField(label="Good for", required=False)
    life = forms.ChoiceField(label="Expires after", choices=LIFE_CHOICES, required=False, initial="90")
    scopes = forms.MultipleChoiceField(
        label="May be used to",
        choices=[(scope.value, words) for scope, words in SCOPE_WORDS.items()],
        initial=[scope.value for scope in DEFAULT_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )

    def offer(self, projects: Iterable[Project], accounts: Iterable[ServiceAccount]) -> TokenForm:
        """The form, offering these projects and, besides oneself, these service accounts."""
        self.fields["project"].choices = [  # type: ignore[attr-defined]
            ("", "Every project of the team"),
            *((project.slug, f"Only {project.slug}") for project in projects),
        ]
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", "Me"),
            *((str(account.pk), f"{account.name} (service account)") for account in accounts),
        ]
        return self

    def chosen_life(self) -> timedelta | None:
        """How long the token is to live; None for ever."""
        days = self.cleaned_data["life"]
        return timedelta(days=int(days)) if days else None

    def service_account_id(self) -> int | None:
        """Whom it is to act for; None for oneself."""
        owner = self.cleaned_data["owner"]
        return int(owner) if owner else None
