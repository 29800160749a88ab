"""How requests for approval end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.common.clock import now_ms
from apps.registry.models import ApprovalRequest, ModelVersion, RegisteredModel, RequestState
from apps.registry.services.history import record
from apps.teams.access import Access


def close(access: Access, request: ApprovalRequest, state: RequestState, **changes: Any) -> None:
    """Give an open request its end; in the bound transaction that has locked the model."""
    changes |= {"state": state, "closed_at_ms": now_ms()}
    for column, value in changes.items():
        setattr(request, column, value)
    ApprovalRequest.objects.in_project(access).filter(pk=request.pk).update(**changes)


def supersede(
    access: Access,
    model: RegisteredModel,
    version: ModelVersion | None,
    requests: Iterable[ApprovalRequest],
    reason: str,
) -> None:
    """End requests that what happened meanwhile has made void."""
    for request in requests:
        close(access, request, RequestState.SUPERSEDED, reason=reason)
        after = {"target": request.target, "version": request.version_number, "reason": reason}
        record(access, "model_version.supersede_request", model, version, after=after)


def supersede_requests_of(access: Access, model: RegisteredModel, version: ModelVersion, reason: str) -> None:
    """End the open requests for a version."""
    rows = ApprovalRequest.objects.in_project(access)
    found = list(rows.filter(model=model, version_id=version.pk, state=RequestState.OPEN).order_by("pk"))
    supersede(access, model, version, found, reason)


def open_requests(access: Access, model: RegisteredModel) -> list[ApprovalRequest]:
    """The open requests of a model, the oldest first."""
    rows = ApprovalRequest.objects.in_project(access).filter(model=model, state=RequestState.OPEN)
    return list(rows.order_by("pk"))
