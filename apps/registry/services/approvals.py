"""Requests to move a version where a rule wants people to agree: asked for, approved, rejected, withdrawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from apps.audit.actors import ActorKind
from apps.common.errors import InvalidInput
from apps.experiments.keys import check_length
from apps.projects.queries import current_roles
from apps.projects.tenancy import bound
from apps.registry.approvals import refusals
from apps.registry.approvals.moves import (
    ROLE_PERMISSION,
    Governing,
    Move,
    deciding,
    least_role,
    move_of,
    suffices,
)
from apps.registry.models import (
    ApprovalDecision,
    ApprovalRequest,
    ApprovalRule,
    Decision,
    ModelAlias,
    ModelVersion,
    RegisteredModel,
    RequestState,
)
from apps.registry.names import check_alias, stage_of
from apps.registry.services.closing import close, open_requests, supersede
from apps.registry.services.history import record
from apps.registry.services.moves import carry_out
from apps.registry.services.promotion import governing_now, new_request, passing_evidence, require_mover
from apps.registry.services.rows import lock_version
from apps.registry.services.versions import check_archiving
from apps.teams.access import Access
from apps.teams.permissions import Permission, ProjectRole
from apps.webhooks.events import Event
from apps.webhooks.payloads import ApprovalDecided, ApprovalRequested
from apps.webhooks.services import emit

MAX_COMMENT_LENGTH = 5_000
MAX_OPEN = 100


def request_approval(
    access: Access,
    *,
    name: str,
    number: int,
    stage: str = "",
    alias: str = "",
    removes_alias: bool = False,
    archive_existing: bool = False,
    comment: str = "",
) -> ApprovalRequest:
    """Ask for a version to be moved where a rule wants approvals. What speaks for it is written down as it is now.

    Args:
        access: needs MODEL_WRITE, and the role that the rule wants of who moves.
        name: the model's.
        number: the version's.
        stage: where it is to go; or
        alias: what is to point at it.
        removes_alias: the alias is to be taken from it instead.
        archive_existing: archive what else is in the stage, when it is moved.
        comment: for those who decide.

    Raises:
        NotFound: the project has no such version.
        InvalidInput: not exactly one of stage and alias; what no stage or alias can be; the comment is too long.
        PermissionDenied: the actor may not move it; a check fails.
        Conflict: no approval is needed; the same was asked for already; too many requests are open; nothing would change.
    """
    access.require(Permission.MODEL_WRITE)
    move = _move(stage, alias, removes_alias=removes_alias, archive_existing=archive_existing)
    check_length("comment", comment, MAX_COMMENT_LENGTH)
    with bound(access):
        model, version = lock_version(access, name, number)
        found = governing_now(access, model, version, move)
        require_mover(access, found)
        if not deciding(found):
            raise refusals.approval_not_needed(move)
        if not _would_change(access, model, version, move):
            raise refusals.already_there(number, move)
        _check_is_first(access, model, version, move)
        evidence = passing_evidence(access, model, version, move, found)
        request = new_request(access, model, version, move, found, evidence, comment=comment)
        request.save(force_insert=True)
        record(access, "model_version.request_approval", model, version, after=_said(request, comment))
        told = ApprovalRequested(
            request_id=request.pk.hex,
            name=model.name,
            version=str(number),
            stage=request.stage or None,
            alias=request.alias or None,
            requested_by=access.actor.label,
        )
        emit(access, Event.APPROVAL_REQUESTED, told)
    return request


def approve(access: Access, *, request_id: uuid.UUID, comment: str = "") -> ApprovalRequest:
    """Agree to a request. The last approval that is needed checks everything again, and moves the version with it.

    Args:
        access: needs the role that a rule wants of who approves, now; a person's, and not of who asked.
        request_id: of the request.
        comment: for whoever reads it later.

    Returns:
        The request as it is then: open, approved, or superseded if what it was about is not so any more.

    Raises:
        NotFound: the project has no such request.
        InvalidInput: the comment is too long.
        PermissionDenied: the actor may not decide; or a check fails now, and nothing is written.
        Conflict: the request is not open; the actor has decided already.
    """
    with bound(access):
        request, model = _undecided(access, request_id, comment)
        version = ModelVersion.objects.in_project(access).get(pk=request.version_id)
        move = move_of(request)
        found = governing_now(access, model, version, move)
        if reason := _void(access, request, model, version, found):
            supersede(access, model, version, [request], reason)
            return request
        _require_approver(access, deciding(found))
        _write(access, request, model, Decision.APPROVED, comment)
        if _has_enough(access, request, deciding(found)):
            evidence = passing_evidence(access, model, version, move, found)
            left = version.stage if move.stage and move.stage != version.stage else ""
            carry_out(access, model, version, move, {"approval": request.pk.hex})
            close(access, request, RequestState.APPROVED, outcome=evidence, from_stage=left)
            _tell(access, request, model)
    return request


def reject(access: Access, *, request_id: uuid.UUID, comment: str = "") -> ApprovalRequest:
    """Refuse a request, which ends it; arguments and refusals as of `approve`, and no check is made."""
    with bound(access):
        request, model = _undecided(access, request_id, comment)
        version = ModelVersion.objects.in_project(access).get(pk=request.version_id)
        deciders = deciding(governing_now(access, model, version, move_of(request)))
        if deciders:
            _require_approver(access, deciders)
        else:
            access.require(Permission.MODEL_PROMOTE)
        _write(access, request, model, Decision.REJECTED, comment)
        close(access, request, RequestState.REJECTED)
        _tell(access, request, model)
    return request


def withdraw(access: Access, *, request_id: uuid.UUID) -> ApprovalRequest:
    """Take one's own request back.

    Raises:
        NotFound: the project has no such request.
        PermissionDenied: it is somebody else's.
        Conflict: it is not open any more.
    """
    access.require(Permission.MODEL_WRITE)
    with bound(access):
        request, model = _locked(access, request_id)
        if not request.is_asked_by(access.actor):
            raise refusals.not_your_request()
        if not request.is_open:
            raise refusals.request_is_closed(request)
        close(access, request, RequestState.WITHDRAWN)
        record(access, "model_version.withdraw_request", model, _version(access, request), after=_said(request))
    return request


def _move(stage: str, alias: str, *, removes_alias: bool, archive_existing: bool) -> Move:
    if bool(stage) == bool(alias):
        raise InvalidInput("invalid_target", "Name a stage or an alias, one of the two.", field="stage")
    if removes_alias and not alias:
        raise InvalidInput("invalid_target", "Name the alias that is to be removed.", field="alias")
    if alias:
        check_alias(alias, is_new=not removes_alias)
        return Move(alias=alias, removes_alias=removes_alias)
    target = stage_of(stage)
    check_archiving(stage, target, archive_existing=archive_existing)
    return Move(stage=target, archive_existing=archive_existing)


def _would_change(access: Access, model: RegisteredModel, version: ModelVersion, move: Move) -> bool:
    if move.stage:
        return version.stage != move.stage or move.archive_existing
    points = ModelAlias.objects.in_project(access).filter(model=model, name=move.alias, version=version).exists()
    return points == move.removes_alias


def _check_is_first(access: Access, model: RegisteredModel, version: ModelVersion, move: Move) -> None:
    waiting = open_requests(access, model)
    for request in waiting:
        if (request.version_id, request.stage, request.alias) == (version.pk, move.stage, move.alias):
            raise refusals.request_is_open(request)
    if len(waiting) >= MAX_OPEN:
        raise refusals.too_many("open_requests", MAX_OPEN)


def _locked(access: Access, request_id: uuid.UUID) -> tuple[ApprovalRequest, RegisteredModel]:
    """The request as nobody else changes it now: everything about it waits for the lock of its model."""
    rows = ApprovalRequest.objects.in_project(access).filter(pk=request_id)
    models = RegisteredModel.objects.in_project(access).filter(pk__in=rows.values("model_id"))
    model = models.select_for_update(no_key=True).first()
    request = rows.first()
    if model is None or request is None:
        raise refusals.request_not_found()
    return request, model


def _undecided(access: Access, request_id: uuid.UUID, comment: str) -> tuple[ApprovalRequest, RegisteredModel]:
    """The request, for somebody who may have a say in it."""
    access.require(Permission.MODEL_WRITE)
    check_length("comment", comment, MAX_COMMENT_LENGTH)
    request, model = _locked(access, request_id)
    if access.actor.kind is not ActorKind.USER:
        raise refusals.people_approve()
    if request.is_asked_by(access.actor):
        raise refusals.own_request()
    if not request.is_open:
        raise refusals.request_is_closed(request)
    if ApprovalDecision.objects.in_project(access).filter(request=request, user=access.actor.id).exists():
        raise refusals.decided_already()
    return request, model


def _void(
    access: Access, request: ApprovalRequest, model: RegisteredModel, version: ModelVersion, found: list[Governing]
) -> str:
    """Why a request has no object any more; empty while it has."""
    if not deciding(found):
        return "No approval is needed any more, as the version was moved meanwhile."
    if not _would_change(access, model, version, move_of(request)):
        return "It is so already."
    role = _role_of_asker(access, request)
    if not all(suffices(role, each.rule.mover_role) for each in found):
        return f"{request.requested_by_label} may not move it any more."
    return ""


def _role_of_asker(access: Access, request: ApprovalRequest) -> ProjectRole | None:
    """None for somebody who is gone."""
    account_id, user_id = request.requested_by_account_id, request.requested_by_id
    if account_id is not None:
        asker = (ActorKind.SERVICE_ACCOUNT, account_id)
    elif user_id is not None:
        asker = (ActorKind.USER, user_id)
    else:
        return None
    return current_roles(access, [asker]).get(asker)


def _require_approver(access: Access, deciders: Sequence[ApprovalRule]) -> None:
    least = least_role(deciders)
    if not access.allows(ROLE_PERMISSION[least]):
        raise refusals.wrong_approver(least)


def _has_enough(access: Access, request: ApprovalRequest, deciders: Sequence[ApprovalRule]) -> bool:
    """Whether those who agreed are enough for each rule, by the roles that they have now."""
    rows = ApprovalDecision.objects.in_project(access).filter(request=request, decision=Decision.APPROVED)
    rows = rows.filter(user__isnull=False)
    people = [(ActorKind.USER, user_id) for user_id in rows.values_list("user_id", flat=True)]
    roles = current_roles(access, people)
    return all(
        sum(suffices(roles.get(person), rule.approver_role) for person in people) >= rule.approvals_needed
        for rule in deciders
    )


def _write(access: Access, request: ApprovalRequest, model: RegisteredModel, decision: Decision, comment: str) -> None:
    row = ApprovalDecision(
        project_id=access.project.id,
        request_id=request.pk,
        user_id=access.actor.id,
        user_label=access.actor.label,
        decision=decision,
        comment=comment,
    )
    row.save(force_insert=True)
    action = "approve" if decision is Decision.APPROVED else "reject"
    record(access, f"model_version.{action}", model, _version(access, request), after=_said(request, comment))


def _version(access: Access, request: ApprovalRequest) -> ModelVersion | None:
    return ModelVersion.objects.in_project(access).filter(pk=request.version_id).first()


def _said(request: ApprovalRequest, comment: str = "") -> dict[str, object]:
    said: dict[str, object] = {"target": request.target, "approval": request.pk.hex}
    return said | {"comment": comment} if comment else said


def _tell(access: Access, request: ApprovalRequest, model: RegisteredModel) -> None:
    told = ApprovalDecided(
        request_id=request.pk.hex,
        name=model.name,
        version=str(request.version_number),
        stage=request.stage or None,
        alias=request.alias or None,
        decision=request.state,
        decided_by=access.actor.label,
    )
    emit(access, Event.APPROVAL_DECIDED, told)
