"""What to raise where a rule of approval speaks."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from apps.registry.approvals.addresses import approvals_address, version_address
from apps.registry.approvals.moves import Move, approvals_wanted
from apps.registry.models import ApprovalRequest, ApprovalRule
from apps.teams.access import Access


def approval_required(
    access: Access, name: str, number: int, move: Move, deciders: Sequence[ApprovalRule]
) -> PermissionDenied:
    """For a direct move where people have to agree first."""
    wanted = " and ".join(dict.fromkeys(approvals_wanted(rule) for rule in deciders))
    message = (
        f"Version {number} of {name} goes {move.words} only with {wanted}. Ask for approval on"
        f" {version_address(access, name, number)} or with POST .../registered-models/{{name}}/approval-requests."
    )
    return PermissionDenied("approval_required", message)


def checks_failed(name: str, number: int, move: Move, reasons: Sequence[str]) -> PermissionDenied:
    """For a move that does not pass the checks of a rule."""
    message = f"Version {number} of {name} may not go {move.words}: {'; '.join(reasons)}."
    return PermissionDenied("checks_failed", message)


def wrong_mover(rule: ApprovalRule) -> PermissionDenied:
    """For somebody who may not move what a rule speaks of, nor ask for it."""
    message = f"Permission denied: {rule} is moved by {rule.mover_role}s of the project, as its rule says."
    return PermissionDenied("permission_denied", message)


def version_is_governed(access: Access, name: str, number: int, place: Move) -> PermissionDenied:
    """For the removal of a version that a rule guards."""
    where = place.stage or f"@{place.alias}"
    message = (
        f"Version {number} of {name} stands for {where}, which has a rule of approval: it can be deleted once another"
        f" version has taken its place. See {approvals_address(access, name)}."
    )
    return PermissionDenied("version_is_governed", message)


def model_is_governed(access: Access, name: str) -> PermissionDenied:
    """For the removal or the renaming of a model that has rules."""
    message = (
        f"{name} has rules of approval, which its name must not lose: whoever manages the project removes them first, on"
        f" {approvals_address(access, name)}."
    )
    return PermissionDenied("model_is_governed", message)


def rule_not_found() -> NotFound:
    """The model has no such rule."""
    return NotFound("approval_rule_not_found", "No such rule of approval.", field="rule_id")


def request_not_found() -> NotFound:
    """The project has no such request."""
    return NotFound("approval_request_not_found", "No such request for approval.", field="request_id")


def rule_exists(target: str) -> Conflict:
    """A target has one rule."""
    return Conflict("approval_rule_exists", f"{target} has a rule already: change that one.", field="target")


def too_many(what: str, most: int) -> Conflict:
    """A model has a bounded number of rules, and of requests that are open."""
    return Conflict(f"too_many_{what}", f"A registered model has at most {most} {what.replace('_', ' ')}.")


def invalid_rule(message: str, field: str) -> InvalidInput:
    """For a rule that says nothing that could be checked."""
    return InvalidInput("invalid_approval_rule", message, field=field)


def approval_not_needed(move: Move) -> Conflict:
    """For a request where nobody has to agree."""
    return Conflict("approval_not_needed", f"No approval is needed to go {move.words}: move it directly.")


def already_there(number: int, move: Move) -> Conflict:
    """For a request that would change nothing."""
    where = move.stage or f"@{move.alias}"
    is_not = "is not at" if move.removes_alias else "is at"
    return Conflict("already_there", f"Version {number} {is_not} {where} already: nothing would change.")


def request_is_open(request: ApprovalRequest) -> Conflict:
    """For a second request for the same."""
    message = f"A request for version {request.version_number} and {request.target} is open: {request.pk.hex}."
    return Conflict("approval_request_open", message)


def request_is_closed(request: ApprovalRequest) -> Conflict:
    """For a decision that comes too late."""
    return Conflict("approval_request_closed", f"The request is {request.state} already.")


def decided_already() -> Conflict:
    """One decision per person."""
    return Conflict("already_decided", "You have decided on this request already.")


def people_approve() -> PermissionDenied:
    """For a service account that wants to decide."""
    return PermissionDenied("people_approve", "People decide on requests for approval, and no service accounts.")


def own_request() -> PermissionDenied:
    """Nobody approves what they asked for."""
    message = "Nobody decides on a request of their own: somebody else has to, or you withdraw it."
    return PermissionDenied("own_request", message)


def wrong_approver(role: str) -> PermissionDenied:
    """For somebody whose approval would not count."""
    return PermissionDenied("permission_denied", f"Permission denied: {role}s of the project decide on this request.")


def not_your_request() -> PermissionDenied:
    """Only who asked takes it back."""
    return PermissionDenied("not_your_request", "Only whoever made a request withdraws it; others reject it.")
