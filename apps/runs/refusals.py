"""What to raise for a run that is not there, or may not be written to: the same words for every part of runs."""

from __future__ import annotations

import uuid

from apps.common.errors import Conflict, NotFound


def run_not_found(run_id: uuid.UUID) -> NotFound:
    """For an id that names no run of the project."""
    return NotFound("run_not_found", f"Run with id={run_id.hex} not found", field="run_id")


def run_not_active(run_id: uuid.UUID, lifecycle: str) -> Conflict:
    """For a write to a deleted run."""
    message = f"The run {run_id.hex} must be in the 'active' state. Current state is {lifecycle}."
    return Conflict("run_not_active", message, field="run_id")
