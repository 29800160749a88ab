"""The one way to stages and aliases: freely where no rule speaks of them, and otherwise as the rules have it."""

from __future__ import annotations

from apps.common.clock import now_ms
from apps.registry.approvals.champions import holder, last_holder
from apps.registry.approvals.evidence import Evidence, evidence_of, failures
from apps.registry.approvals.moves import (
    ROLE_PERMISSION,
    Governing,
    Move,
    alias_rule,
    deciding,
    governing,
    least_role,
)
from apps.registry.approvals.refusals import (
    approval_required,
    checks_failed,
    model_is_governed,
    version_is_governed,
    wrong_mover,
)
from apps.registry.models import (
    ApprovalRequest,
    ApprovalRule,
    ModelAlias,
    ModelVersion,
    RegisteredModel,
    RequestState,
)
from apps.registry.services.closing import supersede_requests_of
from apps.registry.services.moves import carry_out
from apps.teams.access import Access
from apps.teams.permissions import Permission, ProjectRole


def promote(access: Access, model: RegisteredModel, version: ModelVersion, move: Move) -> None:
    """Let a version of a locked model go somewhere at once, or refuse it.

    Raises:
        PermissionDenied: the actor may not promote, or not there; people have to approve it first; a check fails.
    """
    found = governing_now(access, model, version, move)
    if not found:
        access.require(Permission.MODEL_PROMOTE)
        carry_out(access, model, version, move, {})
        return
    require_mover(access, found)
    if deciders := deciding(found):
        raise approval_required(access, model.name, version.number, move, deciders)
    evidence = passing_evidence(access, model, version, move, found)
    kept = new_request(access, model, version, move, found, evidence, comment="")
    kept.state, kept.closed_at_ms, kept.outcome = RequestState.APPROVED, now_ms(), evidence
    kept.save(force_insert=True)
    carry_out(access, model, version, move, {"approval": kept.pk.hex})


def governing_now(access: Access, model: RegisteredModel, version: ModelVersion, move: Move) -> list[Governing]:
    """The rules that speak of a move of a locked model. One statement where the model has none."""
    rules = rules_of(access, model)
    if not rules:
        return []
    archives = move.archive_existing and holder(access, model, move, besides=version) is not None
    return governing(rules, move, from_stage=version.stage, archives=archives)


def rules_of(access: Access, model: RegisteredModel) -> list[ApprovalRule]:
    """The rules of a model."""
    return list(ApprovalRule.objects.in_project(access).filter(model=model).order_by("stage", "alias"))


def require_mover(access: Access, found: list[Governing]) -> None:
    """Whoever moves, or asks for it, has the role that each of the rules wants.

    Raises:
        PermissionDenied: the actor has not.
    """
    for each in found:
        if not access.allows(ROLE_PERMISSION[ProjectRole(each.rule.mover_role)]):
            raise wrong_mover(each.rule)


def passing_evidence(
    access: Access, model: RegisteredModel, version: ModelVersion, move: Move, found: list[Governing]
) -> Evidence:
    """What is known now.

    Raises:
        PermissionDenied: a check fails.
    """
    evidence = evidence_of(access, model, version, move, found)
    if failed := failures(evidence):
        raise checks_failed(model.name, version.number, move, failed)
    return evidence


def new_request(
    access: Access,
    model: RegisteredModel,
    version: ModelVersion,
    move: Move,
    found: list[Governing],
    evidence: Evidence,
    *,
    comment: str,
) -> ApprovalRequest:
    """The row of a move that a rule speaks of, not stored yet."""
    deciders = deciding(found)
    actor = access.actor
    return ApprovalRequest(
        project_id=access.project.id,
        model_id=model.pk,
        version_id=version.pk,
        version_number=version.number,
        stage=move.stage,
        alias=move.alias,
        removes_alias=move.removes_alias,
        archive_existing=move.archive_existing,
        from_stage=version.stage if move.stage and move.stage != version.stage else "",
        comment=comment,
        approvals_needed=max((rule.approvals_needed for rule in deciders), default=0),
        approver_role=least_role(deciders),
        evidence=evidence,
        requested_by_id=actor.user_id,
        requested_by_account_id=actor.service_account_id,
        requested_by_label=actor.label,
    )


def check_may_go(access: Access, model: RegisteredModel, version: ModelVersion) -> None:
    """Refuse to delete a version that a rule guards: what is in a governed place has to leave that first.

    The last one of an empty place stays too: the next one there is compared with it. Other requests for it end.

    Raises:
        PermissionDenied: it is guarded.
    """
    rules = rules_of(access, model)
    if not rules:
        return
    places = [Move(stage=rule.stage) for rule in rules if rule.stage]
    aliases = ModelAlias.objects.in_project(access).filter(model=model, version=version).values_list("name", flat=True)
    held = [Move(alias=alias) for alias in aliases if alias_rule(rules, alias)]
    held += [place for place in places if place.stage == version.stage]
    if held:
        raise version_is_governed(access, model.name, version.number, held[0])
    for place in [*places, *_left_aliases(access, version, rules)]:
        last = last_holder(access, model, place) if holder(access, model, place) is None else None
        if last is not None and last.pk == version.pk:
            raise version_is_governed(access, model.name, version.number, place)
    supersede_requests_of(access, model, version, "The version was deleted.")


def check_is_free(access: Access, model: RegisteredModel) -> None:
    """Refuse to delete or rename a model that has rules: another one could take its name, and have none.

    Raises:
        PermissionDenied: it has rules.
    """
    if ApprovalRule.objects.in_project(access).filter(model=model).exists():
        raise model_is_governed(access, model.name)


def _left_aliases(access: Access, version: ModelVersion, rules: list[ApprovalRule]) -> list[Move]:
    """The governed aliases that a version once had, or lost, under a rule."""
    rows = ApprovalRequest.objects.in_project(access).filter(version_id=version.pk, state=RequestState.APPROVED)
    names = set(rows.exclude(alias="").values_list("alias", flat=True))
    return [Move(alias=name) for name in sorted(names) if alias_rule(rules, name)]
