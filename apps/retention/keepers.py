"""What must stay whatever the rules say, as other apps know it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.conf import settings
from django.utils.module_loading import import_string


def kept_runs(project_id: int, run_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the runs that something else needs: neither rules nor emptying the trash may remove them.

    Asks each function that settings.RETENTION_KEEPERS names, `(project_id, run_ids) -> set of run ids`, inside the
    transaction that would remove them, bound to the project.
    """
    kept: set[uuid.UUID] = set()
    for path in settings.RETENTION_KEEPERS:
        kept |= import_string(path)(project_id, run_ids)
    return kept.intersection(run_ids)
