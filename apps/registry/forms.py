"""Forms of the registry's pages."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from apps.common.forms import StyledForm
from apps.registry.models import Stage
from apps.registry.names import (
    MAX_ALIAS_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    MAX_TAG_KEY_LENGTH,
    MAX_TAG_VALUE_LENGTH,
)
from apps.registry.queries import MAX_NUMBER
from apps.teams.models import SLUG_MAX_LENGTH


class DescriptionForm(StyledForm):
    """What a model or a version is."""

    description = forms.CharField(
        label="Description",
        max_length=MAX_DESCRIPTION_LENGTH,
        required=False,
        help_text="Markdown.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class TagForm(StyledForm):
    """A tag of a model or a version."""

    key = forms.CharField(label="Key", max_length=MAX_TAG_KEY_LENGTH, strip=False)
    value = forms.CharField(
        label="Value",
        max_length=MAX_TAG_VALUE_LENGTH,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class LineageForm(forms.Form):
    """What a page of lineage is asked for: one of these."""

    name = forms.CharField(max_length=MAX_NAME_LENGTH, required=False, strip=False)
    version = forms.IntegerField(min_value=1, max_value=MAX_NUMBER, required=False)
    model_id = forms.CharField(max_length=34, required=False, strip=False)
    run_id = forms.CharField(max_length=32, required=False, strip=False)
    dataset_name = forms.CharField(max_length=500, required=False, strip=False)
    dataset_digest = forms.CharField(max_length=36, required=False, strip=False)


class StageForm(StyledForm):
    """Where a version moves."""

    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    archive_existing = forms.BooleanField(label="Archive what is there now", required=False)

    def offer(self, stages: Sequence[str]) -> None:
        """Let these be chosen from."""
        choices = [(stage, stage) for stage in stages]
        self.fields["stage"].widget = forms.Select(attrs=self.fields["stage"].widget.attrs, choices=choices)


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
