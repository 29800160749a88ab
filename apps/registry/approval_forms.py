"""Forms of rules of approval, and of requests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms

from apps.common.forms import StyledForm
from apps.registry.approvals.reads import Prospects
from apps.registry.models import EVERY_ALIAS, ApprovalRule, Comparison
from apps.registry.names import MAX_ALIAS_LENGTH
from apps.registry.services.approval_rules import GOVERNED_STAGES, MAX_APPROVALS, MAX_METRIC_LENGTH, Terms, terms_of
from apps.registry.services.approvals import MAX_COMMENT_LENGTH
from apps.teams.permissions import ProjectRole

_ROLES = [(ProjectRole.MAINTAINER.value, "maintainers"), (ProjectRole.EDITOR.value, "editors and maintainers")]
_COMPARISONS = [
    (Comparison.AT_LEAST.value, "≥ the champion's: more is better"),
    (Comparison.AT_MOST.value, "≤ the champion's: less is better"),
]
_ANY_ALIAS = "alias:"
_STAGE = "stage:"


class RuleForm(StyledForm):
    """A rule, new or changed; a changed one stays what it is for."""

    stage = forms.ChoiceField(
        label="Stage", choices=[("", "none: an alias"), *((s.value, s.value) for s in GOVERNED_STAGES)], required=False
    )
    alias = forms.CharField(
        label="Or alias",
        max_length=MAX_ALIAS_LENGTH,
        required=False,
        help_text=f"As champion. {EVERY_ALIAS} is each alias that has no rule of its own.",
    )
    mover_role = forms.ChoiceField(label="Moved, or asked for, by", choices=_ROLES)
    approvals_needed = forms.IntegerField(
        label="Approvals needed",
        min_value=0,
        max_value=MAX_APPROVALS,
        initial=1,
        help_text="With 0 a version that passes the checks moves at once.",
    )
    approver_role = forms.ChoiceField(label="By", choices=_ROLES)
    metric = forms.CharField(
        label="Metric", max_length=MAX_METRIC_LENGTH, required=False, help_text="As rmse. Empty for none."
    )
    metric_comparison = forms.ChoiceField(label="Has to be", choices=_COMPARISONS)
    metric_limit = forms.FloatField(
        label="And against a limit", required=False, help_text="In the same direction, whatever the champion's is."
    )
    requires_same_signature = forms.BooleanField(label="Signature as the champion's", required=False)
    requires_clean_report = forms.BooleanField(label="Safety report clean", required=False)

    def terms(self) -> Terms:
        """What was chosen, as the services take it."""
        return Terms(**{field: self.cleaned_data[field] for field in Terms.__dataclass_fields__})


def shown_rule(rule: ApprovalRule) -> dict[str, Any]:
    """A rule as its form begins."""
    return asdict(terms_of(rule))


class AskForm(StyledForm):
    """A move to ask for."""

    target = forms.CharField(label="Where to", max_length=MAX_ALIAS_LENGTH + 10, widget=forms.Select())
    other_alias = forms.CharField(
        label="Alias", max_length=MAX_ALIAS_LENGTH, required=False, help_text="For “another alias”."
    )
    archive_existing = forms.BooleanField(label="Archive what is in that stage then", required=False)
    comment = forms.CharField(
        label="Why", max_length=MAX_COMMENT_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def offer(self, prospects: Prospects) -> None:
        """Let these be chosen from."""
        choices = [(target.value, f"{target.label}: {target.words}") for target in prospects.asked]
        if not any(value.startswith(_STAGE) for value, _ in choices):
            del self.fields["archive_existing"]
        if prospects.asks_for_any_alias:
            choices.append((_ANY_ALIAS, "another alias, named below"))
        else:
            del self.fields["other_alias"]
        self.fields["target"].widget = forms.Select(attrs=self.fields["target"].widget.attrs, choices=choices)

    def values(self) -> dict[str, Any]:
        """What was chosen, as the services take it."""
        chosen = self.cleaned_data
        kind, _, name = chosen["target"].partition(":")
        name = name or chosen.get("other_alias", "")
        return {
            "stage": name if kind == "stage" else "",
            "alias": "" if kind == "stage" else name,
            "removes_alias": kind == "remove",
            "archive_existing": kind == "stage" and chosen.get("archive_existing", False),
            "comment": chosen["comment"],
        }


class DecisionForm(StyledForm):
    """What to say with a decision."""

    comment = forms.CharField(
        label="Comment", max_length=MAX_COMMENT_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
