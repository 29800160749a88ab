"""Forms of the trash page."""

from __future__ import annotations

import re
import uuid

from django import forms

from apps.common.errors import NotFound
from apps.common.forms import StyledForm
from apps.common.ids import parse_hex_id
from apps.retention.models import BestIs
from apps.retention.queries.rules import Rules
from apps.retention.services.rules import MAX_BEST, MAX_DAYS, MAX_METRIC_LENGTH

# One that fits the database: any other names nothing.
_NUMBER = re.compile("[0-9]{1,18}")


class RulesForm(StyledForm):
    """A project's rules."""

    trash_days = forms.IntegerField(
        label="Days in the trash",
        min_value=0,
        max_value=MAX_DAYS,
        help_text="Then it is removed for good. 0 keeps it until somebody empties the trash.",
    )
    keep_days = forms.IntegerField(
        label="Keep runs for days",
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        help_text="From their end on. Empty: for ever.",
    )
    keep_best_count = forms.IntegerField(
        label="Keep the best runs",
        min_value=1,
        max_value=MAX_BEST,
        required=False,
        help_text="So many of each experiment, whatever their age.",
    )
    keep_best_metric = forms.CharField(
        label="By metric", max_length=MAX_METRIC_LENGTH, required=False, help_text="Its best value counts."
    )
    keep_best_direction = forms.ChoiceField(
        label="Best is", choices=[(BestIs.HIGHEST.value, "the highest"), (BestIs.LOWEST.value, "the lowest")]
    )

    def rules(self) -> Rules:
        """What was entered."""
        return Rules(**self.cleaned_data)


class ThingForm(forms.Form):
    """A run or an experiment in the trash; nothing for all of it."""

    kind = forms.ChoiceField(choices=[("run", "run"), ("experiment", "experiment")], required=False)
    id = forms.CharField(max_length=32, required=False)

    def named(self) -> dict[str, list[uuid.UUID] | list[int]]:
        """As arguments of the services.

        Raises:
            NotFound: nothing can have that id.
        """
        if not self.is_valid():
            raise NotFound
        kind, text = self.cleaned_data["kind"], self.cleaned_data["id"]
        if not kind:
            return {}
        key = parse_hex_id(text) if kind == "run" else int(text) if _NUMBER.fullmatch(text) else None
        if key is None:
            raise NotFound
        return {"run_ids": [key]} if isinstance(key, uuid.UUID) else {"experiment_numbers": [key]}
