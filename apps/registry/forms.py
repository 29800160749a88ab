"""Forms of the registry's pages."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from apps.common.forms import StyledForm
from apps.registry.models import Stage
from apps.registry.names import MAX_ALIAS_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from apps.teams.models import SLUG_MAX_LENGTH


class DescriptionForm(StyledForm):
    """What a model or a version is."""

    description = forms.CharField(
        label="Description",
        max_length=MAX_DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StageForm(StyledForm):
    """Where a version moves."""

    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    archive_existing = forms.BooleanField(label="Archive what is there now", required=False)


class AliasForm(StyledForm):
    """A name for a version."""

    alias = forms.CharField(
        label="Alias", max_length=MAX_ALIAS_LENGTH, help_text="As champion, for models:/<name>@champion"
    )


class ShareForm(StyledForm):
    """Who may read a model besides the project; nobody named is the whole team."""

    to_project = forms.CharField(label="Share with", max_length=SLUG_MAX_LENGTH, required=False, widget=forms.Select())

    def offer(self, slugs: Sequence[str], *, team: str) -> None:
        """Let these be chosen from, after the whole team."""
        choices = [("", f"every project of {team}"), *((slug, slug) for slug in slugs)]
        self.fields["to_project"].widget = forms.Select(attrs=self.fields["to_project"].widget.attrs, choices=choices)


class RegisterForm(StyledForm):
    """A logged model and the name that it is to be a version of."""

    model_id = forms.CharField(max_length=34, widget=forms.HiddenInput())
    name = forms.CharField(label="Registered model", max_length=MAX_NAME_LENGTH)
