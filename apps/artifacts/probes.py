"""What /readyz asks of the place where artifacts are kept."""

from __future__ import annotations

from apps.artifacts.stores import artifact_store


def store() -> None:
    """Raises StorageUnavailable when bytes can be neither read nor stored."""
    artifact_store().ping()
