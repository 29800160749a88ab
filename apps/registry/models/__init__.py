"""The tables of the registry."""

from __future__ import annotations

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

__all__ = [
    "ModelActivity",
    "ModelAlias",
    "ModelVersion",
    "ModelVersionTag",
    "RegisteredModel",
    "RegisteredModelTag",
    "Stage",
    "VersionStatus",
]
