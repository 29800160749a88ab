"""Where artifacts are kept, from the environment."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.common.store_urls import store_of_url
from config import env

NAME = "RUNFOLD_ARTIFACT_STORE"


def artifact_store(*, default: str) -> dict[str, Any]:
    """The setting ARTIFACT_STORE from `file:///folder` or `s3://bucket/prefix`.

    For S3 further: RUNFOLD_S3_ENDPOINT_URL, RUNFOLD_S3_REGION, RUNFOLD_S3_ACCESS_KEY, RUNFOLD_S3_SECRET_KEY, and
    RUNFOLD_S3_PUBLIC_ENDPOINT_URL where clients may send and fetch bytes themselves by presigned addresses.
    """
    s3 = {
        "endpoint_url": env.text("RUNFOLD_S3_ENDPOINT_URL", ""),
        "region": env.text("RUNFOLD_S3_REGION", "us-east-1"),
        "access_key": env.text("RUNFOLD_S3_ACCESS_KEY", ""),
        "secret_key": env.text("RUNFOLD_S3_SECRET_KEY", ""),
        "public_endpoint_url": env.text("RUNFOLD_S3_PUBLIC_ENDPOINT_URL", ""),
    }
    try:
        return store_of_url(env.text(NAME, default), fsync=env.boolean("RUNFOLD_ARTIFACT_FSYNC", default=True), s3=s3)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{NAME}: {exc}.") from exc
