"""Where artifacts are kept, from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "RUNFOLD_ARTIFACT_STORE"


def artifact_store(*, default: str) -> dict[str, Any]:
    """The setting ARTIFACT_STORE from `file:///folder` or `s3://bucket/prefix`.

    For S3 further: RUNFOLD_S3_ENDPOINT_URL, RUNFOLD_S3_REGION, RUNFOLD_S3_ACCESS_KEY, RUNFOLD_S3_SECRET_KEY, and
    RUNFOLD_S3_PUBLIC_ENDPOINT_URL where clients may send and fetch bytes themselves by presigned addresses.
    """
    url = env.text(NAME, default)
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        options = {
            "root": Path(unquote(parts.path)),
            "fsync": env.boolean("RUNFOLD_ARTIFACT_FSYNC", default=True),
        }
        return {"BACKEND": "apps.artifacts.stores.disk.DiskStore", "OPTIONS": options}
    if parts.scheme == "s3" and parts.netloc:
        return {"BACKEND": "apps.artifacts.stores.s3.S3Store", "OPTIONS": _s3(parts.netloc, parts.path)}
    raise ImproperlyConfigured(f"{NAME}: write file:///folder or s3://bucket/prefix, not {url!r}.")


def _s3(bucket: str, path: str) -> dict[str, Any]:
    prefix = unquote(path).strip("/")
    return {
        "bucket": bucket,
        "prefix": f"{prefix}/" if prefix else "",
        "endpoint_url": env.text("RUNFOLD_S3_ENDPOINT_URL", ""),
        "region": env.text("RUNFOLD_S3_REGION", "us-east-1"),
        "access_key": env.text("RUNFOLD_S3_ACCESS_KEY", ""),
        "secret_key": env.text("RUNFOLD_S3_SECRET_KEY", ""),
        "public_endpoint_url": env.text("RUNFOLD_S3_PUBLIC_ENDPOINT_URL", ""),
    }
