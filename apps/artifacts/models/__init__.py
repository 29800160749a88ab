"""The tables of files."""

from __future__ import annotations

from apps.artifacts.models.files import (
    KEPT_STATES,
    NAME_LENGTH,
    PATH_LENGTH,
    Artifact,
    Blob,
    BlobState,
    Folder,
    OwnerKind,
    Preview,
    PreviewState,
    ProjectUsage,
    TeamStorage,
    TeamUsage,
    Upload,
    UploadKind,
)
from apps.artifacts.models.packages import ModelPackage, PackageEntry, PackageEntryKind

__all__ = [
    "KEPT_STATES",
    "NAME_LENGTH",
    "PATH_LENGTH",
    "Artifact",
    "Blob",
    "BlobState",
    "Folder",
    "ModelPackage",
    "OwnerKind",
    "PackageEntry",
    "PackageEntryKind",
    "Preview",
    "PreviewState",
    "ProjectUsage",
    "TeamStorage",
    "TeamUsage",
    "Upload",
    "UploadKind",
]
