"""Rules of approval: made, changed and removed by those who manage the project. Requests that a change concerns end."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.common.clock import now_ms
from apps.projects.tenancy import bound
from apps.registry.approvals import refusals
from apps.registry.approvals.moves import governing, move_of
from apps.registry.models import (
    EVERY_ALIAS,
    ApprovalRequest,
    ApprovalRule,
    Comparison,
    ModelVersion,
    RegisteredModel,
    Stage,
)
from apps.registry.names import check_alias, stage_of
from apps.registry.services.closing import open_requests, supersede
from apps.registry.services.history import record
from apps.registry.services.promotion import rules_of
from apps.registry.services.rows import lock_model
from apps.teams.access import Access
from apps.teams.permissions import Permission, ProjectRole

MAX_APPROVALS = 10
MAX_METRIC_LENGTH = 250
MAX_RULES = 50
GOVERNED_STAGES = (Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED)
_ROLES = (ProjectRole.EDITOR, ProjectRole.MAINTAINER)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule asks for.

    Attributes:
        mover_role: the least role of who moves, or asks for it.
        approvals_needed: by so many people other than who asks; 0 for none.
        approver_role: their least role.
        metric: one that the candidate must have, and that must stand to the champion's as `metric_comparison` says.
        metric_comparison: ">=" or "<=".
        metric_limit: to which it must stand so too.
        requires_same_signature: the champion's.
        requires_clean_report: of the candidate's files.
    """

    mover_role: str = ProjectRole.MAINTAINER
    approvals_needed: int = 0
    approver_role: str = ProjectRole.MAINTAINER
    metric: str = ""
    metric_comparison: str = Comparison.AT_LEAST
    metric_limit: float | None = None
    requires_same_signature: bool = False
    requires_clean_report: bool = False


def create_rule(access: Access, *, name: str, terms: Terms, stage: str = "", alias: str = "") -> ApprovalRule:
    """Make a rule for a stage or an alias of a model.

    Args:
        access: needs PROJECT_MANAGE.
        name: the model's.
        terms: what it asks for.
        stage: Staging, Production or Archived; or
        alias: a name, or "*" for each alias that has no rule of its own.

    Raises:
        NotFound: the project has no such model.
        InvalidInput: what it is for, or one of the terms.
        Conflict: there is a rule for that, or there are too many.
    """
    access.require(Permission.PROJECT_MANAGE)
    target_stage, target_alias = _target(stage, alias)
    _check_terms(terms)
    with bound(access):
        model = lock_model(access, name)
        rules = rules_of(access, model)
        if any((rule.stage, rule.alias) == (target_stage, target_alias) for rule in rules):
            raise refusals.rule_exists(target_stage or f"@{target_alias}")
        if len(rules) >= MAX_RULES:
            raise refusals.too_many("approval_rules", MAX_RULES)
        rule = ApprovalRule(
            project_id=access.project.id,
            model_id=model.pk,
            stage=target_stage,
            alias=target_alias,
            updated_by_label=access.actor.label,
            **asdict(terms),
        )
        rule.save(force_insert=True)
        _settle(access, model, rule, rules, [*rules, rule], f"A rule for {rule} was made.")
        record(access, "registered_model.set_approval_rule", model, after=_said(rule))
    return rule


def update_rule(access: Access, *, name: str, rule_id: int, **changes: Any) -> ApprovalRule:
    """Change terms of a rule; those that are not named stay, and so does what it is for.

    Raises:
        NotFound: the project has no such model, or that no such rule.
        InvalidInput: one of the terms.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        model = lock_model(access, name)
        rules = rules_of(access, model)
        rule = _find(rules, rule_id)
        before = terms_of(rule)
        terms = replace(before, **changes)
        _check_terms(terms)
        if terms != before:
            changed = {**asdict(terms), "updated_by_label": access.actor.label, "updated_at_ms": now_ms()}
            for column, value in changed.items():
                setattr(rule, column, value)
            ApprovalRule.objects.in_project(access).filter(pk=rule.pk).update(**changed)
            _settle(access, model, rule, rules, rules, f"The rule for {rule} was changed.")
            said = _said(rule)
            record(
                access,
                "registered_model.set_approval_rule",
                model,
                before={"target": str(rule), **_shown(before)},
                after=said,
            )
    return rule


def delete_rule(access: Access, *, name: str, rule_id: int) -> None:
    """Remove a rule: what it was for is moved freely from then on.

    Raises:
        NotFound: the project has no such model, or that no such rule.
    """
    access.require(Permission.PROJECT_MANAGE)
    with bound(access):
        model = lock_model(access, name)
        rules = rules_of(access, model)
        rule = _find(rules, rule_id)
        ApprovalRule.objects.in_project(access).filter(pk=rule.pk).delete()
        remaining = [each for each in rules if each.pk != rule_id]
        rule.pk = rule_id
        _settle(access, model, rule, rules, remaining, f"The rule for {rule} was removed.")
        record(access, "registered_model.delete_approval_rule", model, before=_said(rule))


def terms_of(rule: ApprovalRule) -> Terms:
    """What a rule asks for."""
    return Terms(**{field: getattr(rule, field) for field in Terms.__dataclass_fields__})


def _target(stage: str, alias: str) -> tuple[str, str]:
    if bool(stage) == bool(alias):
        raise refusals.invalid_rule("Name a stage or an alias, one of the two.", "stage")
    if stage:
        target = stage_of(stage)
        if target not in GOVERNED_STAGES:
            raise refusals.invalid_rule("A rule is for Staging, Production or Archived.", "stage")
        return target.value, ""
    if alias != EVERY_ALIAS:
        check_alias(alias, is_new=True)
    return "", alias


def _check_terms(terms: Terms) -> None:
    for field in ("mover_role", "approver_role"):
        if getattr(terms, field) not in _ROLES:
            raise refusals.invalid_rule("The role is editor or maintainer.", field)
    if not 0 <= terms.approvals_needed <= MAX_APPROVALS:
        raise refusals.invalid_rule(f"From 0 to {MAX_APPROVALS} approvals.", "approvals_needed")
    if terms.metric_comparison not in Comparison.values:
        raise refusals.invalid_rule("The comparison is >= or <=.", "metric_comparison")
    if len(terms.metric) > MAX_METRIC_LENGTH or terms.metric != terms.metric.strip():
        message = f"A metric's name has at most {MAX_METRIC_LENGTH} characters, and no blanks at its ends."
        raise refusals.invalid_rule(message, "metric")
    if terms.metric_limit is not None and not terms.metric:
        raise refusals.invalid_rule("A limit needs the name of a metric.", "metric_limit")
    if terms.metric_limit is not None and not math.isfinite(terms.metric_limit):
        raise refusals.invalid_rule("The limit is a number.", "metric_limit")


def _find(rules: Collection[ApprovalRule], rule_id: int) -> ApprovalRule:
    for rule in rules:
        if rule.pk == rule_id:
            return rule
    raise refusals.rule_not_found()


def _settle(
    access: Access,
    model: RegisteredModel,
    rule: ApprovalRule,
    before: list[ApprovalRule],
    after: list[ApprovalRule],
    reason: str,
) -> None:
    """End the open requests of which a rule spoke, or speaks now."""
    waiting = open_requests(access, model)
    if not waiting:
        return
    rows = ModelVersion.objects.in_project(access).filter(pk__in={request.version_id for request in waiting})
    stages = dict(rows.values_list("pk", "stage"))
    concerned = [
        request
        for request in waiting
        if any(rule.pk in _rules_of(request, rules, stages[request.version_id]) for rules in (before, after))
    ]
    supersede(access, model, None, concerned, reason)


def _rules_of(request: ApprovalRequest, rules: list[ApprovalRule], from_stage: str) -> set[int]:
    found = governing(rules, move_of(request), from_stage=from_stage, archives=request.archive_existing)
    return {each.rule.pk for each in found}


def _said(rule: ApprovalRule) -> dict[str, Any]:
    return {"target": str(rule), **_shown(terms_of(rule))}


def _shown(terms: Terms) -> dict[str, Any]:
    """Without what is not asked for."""
    return {field: value for field, value in asdict(terms).items() if value not in ("", None, False)}
