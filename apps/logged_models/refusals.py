"""What to raise for a logged model that is not there, or may not be written to."""

from __future__ import annotations

import uuid

from apps.common.errors import Conflict, NotFound


def model_not_found(model_id: uuid.UUID) -> NotFound:
    """For an id that names no logged model of the project."""
    return NotFound("model_not_found", f"Logged model with ID 'm-{model_id.hex}' not found.", field="model_id")


def model_not_active(model_id: uuid.UUID, lifecycle: str) -> Conflict:
    """For a write to a deleted logged model."""
    message = f"The logged model m-{model_id.hex} must be in the 'active' state. Current state is {lifecycle}."
    return Conflict("model_not_active", message, field="model_id")
