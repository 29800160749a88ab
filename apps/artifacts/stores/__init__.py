"""Where bytes are kept: the port, its two adapters, and the one that the settings choose."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

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
    "open_store",
]


def artifact_store() -> ArtifactStore:
    """The store of this installation (settings.ARTIFACT_STORE), one a process: its methods may be called by any thread."""
    chosen = settings.ARTIFACT_STORE
    return _store(chosen["BACKEND"], tuple(sorted(chosen["OPTIONS"].items())))


def open_store(chosen: Mapping[str, Any]) -> ArtifactStore:
    """A store of the form of settings.ARTIFACT_STORE, opened now."""
    # By name: boto3 costs 60 MB and half a second, which a folder need not pay for.
    store: ArtifactStore = import_string(chosen["BACKEND"])(**chosen["OPTIONS"])
    return store


@cache
def _store(backend: str, options: tuple[tuple[str, object], ...]) -> ArtifactStore:
    return open_store({"BACKEND": backend, "OPTIONS": dict(options)})
