"""What retention may not remove (settings.RETENTION_KEEPERS)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from apps.registry.models import ModelVersion


def runs_of_versions(project_id: int, run_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the runs that a version came from."""
    rows = ModelVersion.unscoped.filter(project_id=project_id, run_id__in=list(run_ids))
    return {run_id for run_id in rows.values_list("run_id", flat=True) if run_id is not None}
