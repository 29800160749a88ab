"""Writes of files."""

from __future__ import annotations

from apps.artifacts.services.batch import Outcome, SmallFile, store_artifacts
from apps.artifacts.services.commit import Renew
from apps.artifacts.services.finalising import (
    complete_or_enqueue,
    enqueue_arrived,
    finalise,
    projects_with_unseen_uploads,
)
from apps.artifacts.services.presigned import presign_download, presign_upload, settle_uploads
from apps.artifacts.services.previews import build_preview, has_failed, request_preview
from apps.artifacts.services.removal import projects_to_sweep, sweep_project
from apps.artifacts.services.storing import delete_artifacts, store_artifact
from apps.artifacts.services.uploads import (
    abort_upload,
    begin_upload,
    check_part_number,
    complete_upload,
    is_direct,
    open_upload,
    part_addresses,
    put_part,
    unfinished_uploads,
    uploaded_parts,
)
from apps.artifacts.services.usage import recount_project, recount_team

__all__ = [
    "Outcome",
    "Renew",
    "SmallFile",
    "abort_upload",
    "begin_upload",
    "build_preview",
    "check_part_number",
    "complete_or_enqueue",
    "complete_upload",
    "delete_artifacts",
    "enqueue_arrived",
    "finalise",
    "has_failed",
    "is_direct",
    "open_upload",
    "part_addresses",
    "presign_download",
    "presign_upload",
    "projects_to_sweep",
    "projects_with_unseen_uploads",
    "put_part",
    "recount_project",
    "recount_team",
    "request_preview",
    "settle_uploads",
    "store_artifact",
    "store_artifacts",
    "sweep_project",
    "unfinished_uploads",
    "uploaded_parts",
]
