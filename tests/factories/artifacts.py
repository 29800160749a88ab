"""Files of runs."""

from __future__ import annotations

import uuid

from apps.artifacts.models import Artifact
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import store_artifact
from apps.teams.access import Access


def make_artifact(access: Access, run_id: uuid.UUID, path: str = "notes.txt", content: bytes = b"content") -> Artifact:
    """A file of a run."""
    return store_artifact(
        access, owner=OwnerRef(run_id), path=path, chunks=[content], length=len(content), renew=lambda: access
    )
