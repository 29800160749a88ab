"""How a place for artifacts is written down, wherever it is: in the environment or by an operator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def store_of_url(url: str, *, fsync: bool, s3: Mapping[str, str]) -> dict[str, Any]:
    """Adapter and options of `file:///folder` or `s3://bucket/prefix`, as the setting ARTIFACT_STORE has them.

    Args:
        url: the place.
        fsync: for a folder: whether what is acknowledged survives a power cut.
        s3: for a bucket: the further options of apps.artifacts.stores.s3.S3Options.

    Raises:
        ValueError: it is neither.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        options = {"root": Path(unquote(parts.path)), "fsync": fsync}
        return {"BACKEND": "apps.artifacts.stores.disk.DiskStore", "OPTIONS": options}
    if parts.scheme == "s3" and parts.netloc:
        prefix = unquote(parts.path).strip("/")
        place = {"bucket": parts.netloc, "prefix": f"{prefix}/" if prefix else ""}
        return {"BACKEND": "apps.artifacts.stores.s3.S3Store", "OPTIONS": {**place, **s3}}
    raise ValueError(f"write file:///folder or s3://bucket/prefix, not {url!r}")
