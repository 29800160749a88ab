"""Reads of rules and requests; inside a bound transaction. They are the project's own: who borrows a model sees none."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from apps.audit.actors import ActorKind
from apps.common.ids import parse_hex_id
from apps.projects.tenancy import bound
from apps.registry.approvals.moves import (
    ROLE_PERMISSION,
    Governing,
    Move,
    approvals_wanted,
    deciding,
    governing,
)
from apps.registry.approvals.refusals import request_not_found, rule_not_found
from apps.registry.models import (
    EVERY_ALIAS,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalRule,
    Decision,
    ModelVersion,
    RegisteredModel,
    RequestState,
    Stage,
)
from apps.registry.queries import find_model
from apps.teams.access import Access
from apps.teams.permissions import Permission, ProjectRole


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """A request with its model, what was said to it in the order in which it was, and what the reader may do with it."""

    request: ApprovalRequest
    decisions: tuple[ApprovalDecision, ...]
    may_decide: bool
    may_withdraw: bool

    @property
    def approval_count(self) -> int:
        """How many have agreed; whether they count is found out when it is moved."""
        return sum(decision.decision == Decision.APPROVED for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a version may go, on a page: at once, or once people agreed. `words` say what that takes.

    `value` is "stage:<stage>", "alias:<alias>" or "remove:<alias>"; `label` is for people.
    """

    value: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Prospects:
    """Where the reader may let a version go.

    Attributes:
        stages: at once.
        may_set_alias: some alias, at once.
        removable: aliases of the version that may be taken away at once.
        asked: where people have to agree, and the reader may ask them.
        asks_for_any_alias: an alias that has no rule of its own has to be asked for.
        notes: what the rules say of the places that have one.
        waiting: requests for the version that are open.
        may_move: to another stage, at once.
    """

    stages: tuple[str, ...]
    may_set_alias: bool
    removable: tuple[str, ...]
    asked: tuple[Target, ...]
    asks_for_any_alias: bool
    notes: tuple[str, ...]
    waiting: tuple[ApprovalRequest, ...]
    may_move: bool

    @property
    def may_ask(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self.asked) or self.asks_for_any_alias

    @property
    def has_anything(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.notes or self.waiting or self.removable) or self.may_move or self.may_set_alias


def rules_of_model(access: Access, name: str) -> tuple[RegisteredModel, list[ApprovalRule]]:
    """A model and its rules: stages first, then aliases.

    Raises:
        NotFound: the project has no such model.
    """
    access.require(Permission.PROJECT_READ)
    model = find_model(access, name)
    rules = ApprovalRule.objects.in_project(access).filter(model=model).order_by("alias", "stage")
    return model, list(rules)


def find_rule(access: Access, name: str, rule_id: int) -> ApprovalRule:
    """One of them.

    Raises:
        NotFound: the project has no such model, or that no such rule.
    """
    for rule in rules_of_model(access, name)[1]:
        if rule.pk == rule_id:
            return rule
    raise rule_not_found()


def request_key(text: str) -> uuid.UUID:
    """The key of a request as addresses spell it.

    Raises:
        NotFound: no request is spelt so.
    """
    key = parse_hex_id(text)
    if key is None:
        raise request_not_found()
    return key


def get_request(access: Access, request_id: uuid.UUID) -> RequestDetails:
    """One request.

    Raises:
        NotFound: the project has no such request.
    """
    request = _requests(access).filter(pk=request_id).first()
    if request is None:
        raise request_not_found()
    return request_details(access, [request])[0]


def requests_of_model(access: Access, model: RegisteredModel) -> QuerySet[ApprovalRequest]:
    """The requests for a model, newest first, with those that a rule let through at once."""
    return _requests(access).filter(model=model).order_by("-pk")


def open_requests(access: Access, *, waiting_for_me: bool = False) -> QuerySet[ApprovalRequest]:
    """The open requests of the project, newest first.

    Args:
        access: whose project; needs PROJECT_READ.
        waiting_for_me: only those on which the actor may decide, and has not.
    """
    rows = _requests(access).filter(state=RequestState.OPEN).order_by("-pk")
    if not waiting_for_me:
        return rows
    if access.actor.kind is not ActorKind.USER:
        return rows.none()
    roles = [role for role, permission in ROLE_PERMISSION.items() if access.allows(permission)]
    mine = ApprovalDecision.objects.in_project(access).filter(request=OuterRef("pk"), user=access.actor.id)
    asked_by_others = rows.exclude(requested_by__isnull=False, requested_by=access.actor.id)
    return asked_by_others.filter(~Exists(mine), approver_role__in=roles)


def open_approval_count(access: Access, model: RegisteredModel) -> int:
    """How many requests for a model wait. One statement."""
    with bound(access, readonly=True):
        return _requests(access).filter(model=model, state=RequestState.OPEN).count()


def request_details(access: Access, requests: Sequence[ApprovalRequest]) -> list[RequestDetails]:
    """What belongs to requests, in their order. One statement."""
    rows = ApprovalDecision.objects.in_project(access).filter(request__in=[request.pk for request in requests])
    said: dict[uuid.UUID, list[ApprovalDecision]] = defaultdict(list)
    for decision in rows.order_by("pk"):
        said[decision.request_id].append(decision)
    return [_details(access, request, said[request.pk]) for request in requests]


def prospects_of(access: Access, version: ModelVersion, aliases: Sequence[str]) -> Prospects:
    """Where a version of the project's own may go, as its model's rules and the reader's rights have it. Two statements.

    Args:
        access: needs PROJECT_READ.
        version: with its model.
        aliases: that point at it.
    """
    access.require(Permission.PROJECT_READ)
    rules = list(ApprovalRule.objects.in_project(access).filter(model=version.model_id).order_by("alias", "stage"))
    is_free = access.allows(Permission.MODEL_PROMOTE)
    places = {f"stage:{stage.value}": (Move(stage=stage.value), stage.value) for stage in Stage}
    places |= {
        f"alias:{rule.alias}": (Move(alias=rule.alias), f"@{rule.alias}")
        for rule in rules
        if rule.alias not in {"", EVERY_ALIAS, *aliases}
    }
    places |= {f"remove:{alias}": (Move(alias=alias, removes_alias=True), f"without @{alias}") for alias in aliases}
    at_once, asked = set(), []
    for value, (move, label) in places.items():
        found = governing(rules, move, from_stage=version.stage, archives=False)
        if not (_is_mover(access, found) if found else is_free):
            continue
        if deciders := deciding(found):
            if value != f"stage:{version.stage}":
                asked.append(Target(value, label, " and ".join(dict.fromkeys(map(approvals_wanted, deciders)))))
        else:
            at_once.add(value)
    every = governing(rules, Move(alias=EVERY_ALIAS), from_stage=version.stage, archives=False)
    may_set_any = _is_mover(access, every) and not deciding(every) if every else is_free
    waiting = ApprovalRequest.objects.in_project(access).filter(version_id=version.pk, state=RequestState.OPEN)
    return Prospects(
        stages=tuple(stage.value for stage in Stage if f"stage:{stage.value}" in at_once),
        may_set_alias=may_set_any or any(value.startswith("alias:") for value in at_once),
        removable=tuple(alias for alias in aliases if f"remove:{alias}" in at_once),
        asked=tuple(asked),
        asks_for_any_alias=bool(deciding(every)) and _is_mover(access, every),
        notes=tuple(f"{rule}: {rule_words(rule)}" for rule in rules),
        waiting=tuple(waiting.order_by("-pk")) if rules else (),
        may_move=bool(at_once & {f"stage:{stage.value}" for stage in Stage} - {f"stage:{version.stage}"}),
    )


def rule_words(rule: ApprovalRule) -> str:
    """What a rule asks for, in a sentence's words."""
    parts = [f"moved by {rule.mover_role}s" + ("" if rule.mover_role == ProjectRole.MAINTAINER else " or maintainers")]
    if rule.approvals_needed:
        parts.append(approvals_wanted(rule))
    if rule.metric:
        parts.append(f"{rule.metric} {rule.metric_comparison} champion's")
    if rule.metric_limit is not None:
        parts.append(f"{rule.metric} {rule.metric_comparison} {rule.metric_limit:g}")
    if rule.requires_same_signature:
        parts.append("signature unchanged")
    if rule.requires_clean_report:
        parts.append("safety report clean")
    return ", ".join(parts)


def _requests(access: Access) -> QuerySet[ApprovalRequest]:
    access.require(Permission.PROJECT_READ)
    return ApprovalRequest.objects.in_project(access).select_related("model")


def _is_mover(access: Access, found: Sequence[Governing]) -> bool:
    return all(access.allows(ROLE_PERMISSION[ProjectRole(each.rule.mover_role)]) for each in found)


def _details(access: Access, request: ApprovalRequest, decisions: list[ApprovalDecision]) -> RequestDetails:
    actor = access.actor
    is_mine = request.is_asked_by(actor)
    has_decided = any(decision.user_id == actor.id for decision in decisions)
    may_write = access.allows(Permission.MODEL_WRITE)
    may_decide = (
        request.is_open
        and actor.kind is ActorKind.USER
        and not is_mine
        and not has_decided
        and access.allows(ROLE_PERMISSION[ProjectRole(request.approver_role)])
    )
    return RequestDetails(request, tuple(decisions), may_decide, request.is_open and is_mine and may_write)
