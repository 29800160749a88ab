"""Requests about workspaces: a team's projects as MLflow sees them."""

from __future__ import annotations

from apps.mlflow_api.checks import required, string
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Message


class CreateWorkspace(Message):
    """POST workspaces."""

    name: str = ""
    description: str | None = None
    default_artifact_root: str | None = None


class UpdateWorkspace(Message):
    """PATCH workspaces/<name>; None leaves a field as it is."""

    workspace_name: str = ""
    description: str | None = None
    default_artifact_root: str | None = None


class DeleteWorkspace(Message):
    """DELETE workspaces/<name>."""

    mode: str = "RESTRICT"


CREATE_WORKSPACE = RequestSchema(
    CreateWorkspace,
    {"name": (required, string), "description": (string,), "default_artifact_root": (string,)},
)
UPDATE_WORKSPACE = RequestSchema(UpdateWorkspace, {"description": (string,), "default_artifact_root": (string,)})
DELETE_WORKSPACE = RequestSchema(DeleteWorkspace)
