"""Writes of the registry."""

from __future__ import annotations

from apps.registry.services.approval_rules import create_rule, delete_rule, update_rule
from apps.registry.services.approvals import approve, reject, request_approval, withdraw
from apps.registry.services.models import (
    create_model,
    delete_model,
    delete_model_tag,
    rename_model,
    set_model_tag,
    update_model,
)
from apps.registry.services.sharing import share_model, unshare_model
from apps.registry.services.versions import (
    create_version,
    delete_alias,
    delete_version,
    delete_version_tag,
    move_version,
    set_alias,
    set_version_tag,
    update_version,
)

__all__ = [
    "approve",
    "create_model",
    "create_rule",
    "create_version",
    "delete_alias",
    "delete_model",
    "delete_model_tag",
    "delete_rule",
    "delete_version",
    "delete_version_tag",
    "move_version",
    "reject",
    "rename_model",
    "request_approval",
    "set_alias",
    "set_model_tag",
    "set_version_tag",
    "share_model",
    "unshare_model",
    "update_model",
    "update_rule",
    "update_version",
    "withdraw",
]
