"""The forms of rules of approval, and of requests."""

from __future__ import annotations

from rest_framework import serializers

from apps.common.api.serializers import Input, PageQuery, Shape, Text
from apps.registry.api.serializers import WHEN_MS
from apps.registry.approvals.reads import RequestDetails
from apps.registry.models import ApprovalRule, Comparison, Decision, RequestState, Stage
from apps.registry.names import MAX_ALIAS_LENGTH
from apps.registry.queries import MAX_NUMBER
from apps.registry.services.approval_rules import GOVERNED_STAGES, MAX_APPROVALS, MAX_METRIC_LENGTH
from apps.registry.services.approvals import MAX_COMMENT_LENGTH
from apps.teams.permissions import ProjectRole

_MS = "Milliseconds since the epoch."
_ROLES = [ProjectRole.EDITOR.value, ProjectRole.MAINTAINER.value]
_REQUEST_ID = "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_METRIC_HELP = "The candidate must have it; compared with the champion's. Empty for no check of a metric."
_LIMIT_HELP = "To which the metric must stand so too, whatever the champion's is."
_ALIAS_HELP = "A name, or `*` for each alias that has no rule of its own."
_STAGES = [stage.value for stage in GOVERNED_STAGES]


class RuleShape(Shape):
    """What it takes to move a stage or an alias of a registered model."""

    rule_id = serializers.IntegerField(source="pk")
    stage = serializers.SerializerMethodField(help_text="Null in a rule for aliases.")
    alias = serializers.SerializerMethodField(
        help_text="Null in a rule for a stage; `*` is every alias without a rule."
    )
    mover_role = serializers.ChoiceField(choices=_ROLES, help_text="The least role of who moves it, or asks for it.")
    approvals_needed = serializers.IntegerField()
    approver_role = serializers.ChoiceField(choices=_ROLES, help_text="The least role of who approves.")
    metric = serializers.CharField(allow_blank=True, help_text=_METRIC_HELP)
    metric_comparison = serializers.ChoiceField(choices=Comparison.values)
    metric_limit = serializers.FloatField(allow_null=True, help_text=_LIMIT_HELP)
    requires_same_signature = serializers.BooleanField(help_text="The champion's.")
    requires_clean_report = serializers.BooleanField(help_text="The safety report of its files.")
    updated_by = serializers.CharField(source="updated_by_label")
    updated_at_ms = serializers.IntegerField(help_text=_MS)

    example = {
        "rule_id": 7,
        "stage": "Production",
        "alias": None,
        "mover_role": "editor",
        "approvals_needed": 2,
        "approver_role": "maintainer",
        "metric": "rmse",
        "metric_comparison": "<=",
        "metric_limit": 6.5,
        "requires_same_signature": True,
        "requires_clean_report": True,
        "updated_by": "ada@example.com",
        "updated_at_ms": WHEN_MS,
    }

    def get_stage(self, rule: ApprovalRule) -> str | None:
        """None for none."""
        return rule.stage or None

    def get_alias(self, rule: ApprovalRule) -> str | None:
        """None for none."""
        return rule.alias or None


class RuleChange(Input):
    """Terms of a rule; those that are not sent stay."""

    mover_role = serializers.ChoiceField(choices=_ROLES, required=False, help_text="The least role of who moves it.")
    approvals_needed = serializers.IntegerField(min_value=0, max_value=MAX_APPROVALS, required=False)
    approver_role = serializers.ChoiceField(choices=_ROLES, required=False, help_text="The least role of who approves.")
    metric = Text(max_length=MAX_METRIC_LENGTH, allow_blank=True, required=False, help_text=_METRIC_HELP)
    metric_comparison = serializers.ChoiceField(choices=Comparison.values, required=False)
    metric_limit = serializers.FloatField(allow_null=True, required=False, help_text=_LIMIT_HELP)
    requires_same_signature = serializers.BooleanField(required=False)
    requires_clean_report = serializers.BooleanField(required=False)

    example = {"approvals_needed": 1}


class NewRule(RuleChange):
    """A rule to be, for a stage or for an alias; without terms those who may promote go on as before."""

    stage = serializers.ChoiceField(choices=_STAGES, required=False)
    alias = Text(max_length=MAX_ALIAS_LENGTH, required=False, help_text=_ALIAS_HELP)

    example = {"stage": "Production", "approvals_needed": 2, "metric": "rmse", "metric_comparison": "<="}


class DecisionShape(Shape):
    """What one person said to a request."""

    decision = serializers.ChoiceField(choices=Decision.values)
    decided_by = serializers.CharField(source="user_label")
    comment = serializers.CharField(allow_blank=True)
    at_ms = serializers.IntegerField(help_text=_MS)

    example = {"decision": "approved", "decided_by": "ada@example.com", "comment": "Tried in May.", "at_ms": WHEN_MS}


class ApprovalShape(Shape):
    """A move that somebody asked for; or one without `approvals_needed`, which a rule let through at once."""

    request_id = serializers.CharField(source="request.pk.hex")
    name = serializers.CharField(source="request.model.name")
    version = serializers.IntegerField(source="request.version_number")
    stage = serializers.SerializerMethodField(help_text="Where it goes; null where an alias is meant.")
    alias = serializers.SerializerMethodField(help_text="What is to point at it; null where a stage is meant.")
    removes_alias = serializers.BooleanField(
        source="request.removes_alias", help_text="The alias is to be taken from it instead."
    )
    archive_existing = serializers.BooleanField(source="request.archive_existing")
    comment = serializers.CharField(source="request.comment", allow_blank=True)
    state = serializers.ChoiceField(choices=RequestState.values, source="request.state")
    reason = serializers.CharField(source="request.reason", allow_blank=True, help_text="Why it was superseded.")
    requested_by = serializers.CharField(source="request.requested_by_label")
    approvals_needed = serializers.IntegerField(source="request.approvals_needed")
    approver_role = serializers.ChoiceField(choices=_ROLES, source="request.approver_role")
    decisions = DecisionShape(many=True)
    created_at_ms = serializers.IntegerField(source="request.created_at_ms", help_text=_MS)
    closed_at_ms = serializers.IntegerField(source="request.closed_at_ms", allow_null=True, help_text=_MS)

    example = {
        "request_id": _REQUEST_ID,
        "name": "taxi-duration",
        "version": 3,
        "stage": "Production",
        "alias": None,
        "removes_alias": False,
        "archive_existing": True,
        "comment": "Half a minute better.",
        "state": "open",
        "reason": "",
        "requested_by": "grace@example.com",
        "approvals_needed": 2,
        "approver_role": "maintainer",
        "decisions": [DecisionShape.example],
        "created_at_ms": WHEN_MS,
        "closed_at_ms": None,
    }

    def get_stage(self, details: RequestDetails) -> str | None:
        """None for none."""
        return details.request.stage or None

    def get_alias(self, details: RequestDetails) -> str | None:
        """None for none."""
        return details.request.alias or None


class FactsShape(Shape):
    """What was known of a version."""

    version = serializers.IntegerField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # fields leave the class when it is made
    run_id = serializers.CharField(allow_null=True)
    model_id = serializers.CharField(allow_null=True)
    metrics = serializers.DictField(help_text="At most 200; those that are no finite number as texts.")
    params = serializers.DictField(child=serializers.CharField(allow_blank=True), help_text="At most 200.")
    params_sha256 = serializers.CharField(help_text="Of all of them, as JSON by key.")
    signature = serializers.CharField(allow_null=True, help_text="Null before its files were read.")
    safety = serializers.CharField(allow_null=True, help_text="clean, review or dangerous; null before they were read.")
    files_sha256 = serializers.CharField(help_text="Of the lines `<sha256>  <path>` of its files, by path.")
    file_count = serializers.IntegerField()

    example = {
        "version": 3,
        "source": f"models:/m-{_REQUEST_ID}",
        "run_id": _REQUEST_ID,
        "model_id": f"m-{_REQUEST_ID}",
        "metrics": {"rmse": 5.22},
        "params": {"depth": "9"},
        "params_sha256": _SHA256,
        "signature": "distance: double → double",
        "safety": "clean",
        "files_sha256": _SHA256,
        "file_count": 5,
    }


class CheckShape(Shape):
    """A check, and what came of it."""

    check = serializers.CharField()
    candidate = serializers.CharField(allow_null=True)
    champion = serializers.CharField(allow_null=True)
    passed = serializers.BooleanField()
    reason = serializers.CharField(
        allow_blank=True, help_text="Why it failed, or that there was nothing to compare with."
    )

    example = {"check": "rmse <= champion's", "candidate": "5.22", "champion": "5.61", "passed": True, "reason": ""}


class RuleThenShape(Shape):
    """A rule as it was."""

    target = serializers.CharField()
    mover_role = serializers.ChoiceField(choices=_ROLES)
    approvals_needed = serializers.IntegerField()
    approver_role = serializers.ChoiceField(choices=_ROLES)

    example = {
        "target": "Production",
        "mover_role": "editor",
        "approvals_needed": 2,
        "approver_role": "maintainer",
    }


class EvidenceShape(Shape):
    """What spoke for and against a move."""

    candidate = FactsShape()
    champion = FactsShape(allow_null=True)
    checks = CheckShape(many=True)
    rules = RuleThenShape(many=True)

    example = {
        "candidate": FactsShape.example,
        "champion": FactsShape.example | {"version": 2, "metrics": {"rmse": 5.61}},
        "checks": [CheckShape.example],
        "rules": [RuleThenShape.example],
    }


class ApprovalDetailShape(ApprovalShape):
    """The same with its evidence."""

    evidence = EvidenceShape(source="request.evidence", help_text="As it was when it was asked for.")
    outcome = EvidenceShape(source="request.outcome", allow_null=True, help_text="As it was when it was moved.")

    example = ApprovalShape.example | {"evidence": EvidenceShape.example, "outcome": None}


class NewApproval(Input):
    """A move to ask for: a version goes to a stage, or an alias is set on it or taken from it."""

    version = serializers.IntegerField(min_value=1, max_value=MAX_NUMBER)
    stage = serializers.ChoiceField(choices=Stage.values, required=False)
    alias = Text(max_length=MAX_ALIAS_LENGTH, required=False)
    removes_alias = serializers.BooleanField(default=False, help_text="Take the alias from the version.")
    archive_existing = serializers.BooleanField(
        default=False, help_text="Archive what else is in the stage then; of Staging and Production."
    )
    comment = Text(default="", allow_blank=True, max_length=MAX_COMMENT_LENGTH)

    example = {"version": 3, "stage": "Production", "archive_existing": True, "comment": "Half a minute better."}


class DecisionInput(Input):
    """What to say with a decision."""

    comment = Text(default="", allow_blank=True, max_length=MAX_COMMENT_LENGTH)

    example = {"comment": "Tried in May."}


class OpenApprovals(PageQuery):
    """Which open requests."""

    waiting_for_me = serializers.BooleanField(
        default=False, help_text="Only those on which you may decide, and have not."
    )
