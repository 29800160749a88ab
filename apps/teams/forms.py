"""Forms of teams: the team itself, its members, its service accounts."""

from __future__ import annotations

from django import forms

from apps.common.forms import StyledForm
from apps.teams.models import SLUG_MAX_LENGTH
from apps.teams.permissions import TeamRole

ROLE_WORDS: dict[TeamRole, str] = {
    TeamRole.OWNER: "Owner: everything, and says who is an owner",
    TeamRole.ADMIN: "Admin: members, projects and service accounts",
    TeamRole.MEMBER: "Member: creates projects, logs to open ones",
    TeamRole.VIEWER: "Viewer: reads open projects",
}
ROLE_CHOICES = [(role.value, words) for role, words in ROLE_WORDS.items()]
SLUG_HELP = "Part of every address: lower-case letters, digits and hyphens."


class TeamForm(StyledForm):
    """A new team."""

    slug = forms.CharField(label="Short name", max_length=SLUG_MAX_LENGTH, help_text=SLUG_HELP)
    name = forms.CharField(label="Name", max_length=120, required=False, help_text="Shown in lists. May be left empty.")


class MemberForm(StyledForm):
    """Somebody with an account becomes a member."""

    email = forms.EmailField(label="E-mail", help_text="Of somebody who has an account here.")
    role = forms.ChoiceField(label="Role", choices=ROLE_CHOICES, initial=TeamRole.MEMBER)


class RoleForm(StyledForm):
    """Another role for a member."""

    role = forms.ChoiceField(choices=[(role.value, role.value) for role in TeamRole])


class ServiceAccountForm(StyledForm):
    """A new service account."""

    name = forms.CharField(label="Name", max_length=64, help_text="What it is: ci, nightly-training, gpu-cluster.")
    role = forms.ChoiceField(
        label="Role", choices=[c for c in ROLE_CHOICES if c[0] != TeamRole.OWNER], initial=TeamRole.MEMBER
    )
