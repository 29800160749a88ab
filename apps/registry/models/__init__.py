"""The tables of the registry."""

from __future__ import annotations

from apps.registry.models.approvals import (
    EVERY_ALIAS,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalRule,
    Comparison,
    Decision,
    RequestState,
)
from apps.registry.models.registered import (
    ModelActivity,
    ModelAlias,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelTag,
    Stage,
    VersionStatus,
)
from apps.registry.models.sharing import ModelShare

__all__ = [
    "EVERY_ALIAS",
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalRule",
    "Comparison",
    "Decision",
    "ModelActivity",
    "ModelAlias",
    "ModelShare",
    "ModelVersion",
    "ModelVersionTag",
    "RegisteredModel",
    "RegisteredModelTag",
    "RequestState",
    "Stage",
    "VersionStatus",
]
