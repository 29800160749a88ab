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
from apps.registry.models.sharing import ModelShare

__all__ = [
    "ModelActivity",
    "ModelAlias",
    "ModelShare",
    "ModelVersion",
    "ModelVersionTag",
    "RegisteredModel",
    "RegisteredModelTag",
    "Stage",
    "VersionStatus",
]
