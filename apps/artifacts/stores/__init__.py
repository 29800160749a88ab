"""Where bytes are kept: the port, its two adapters, and the one that the settings choose."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.artifacts.stores.keys import Home
from apps.artifacts.stores.port import CHUNK_BYTES, ArtifactStore, Chunks, ObjectMissing, Part, PartsRefused

__all__ = [
    "CHUNK_BYTES",
    "ArtifactStore",
    "Chunks",
    "Home",
    "ObjectMissing",
    "Part",
    "PartsRefused",
    "artifact_store",
]


def artifact_store() -> ArtifactStore:
    """The store of this installation (settings.ARTIFACT_STORE), one a process: its methods may be called by any thread."""
    chosen = settings.ARTIFACT_STORE
    return _store(chosen["BACKEND"], tuple(sorted(chosen["OPTIONS"].items())))


@cache
def _store(backend: str, options: tuple[tuple[str, object], ...]) -> ArtifactStore:
    # By name: boto3 costs 60 MB and half a second, which a folder need not pay for.
    store: ArtifactStore = import_string(backend)(**dict(options))
    return store
