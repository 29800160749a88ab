"""RUNFOLD_ARTIFACT_STORE and what goes with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.storage import artifact_store


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNFOLD_ARTIFACT_STORE", "RUNFOLD_ARTIFACT_FSYNC", "RUNFOLD_S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_folder() -> None:
    chosen = artifact_store(default="file:///var/lib/with%20space")
    assert chosen["BACKEND"].endswith("DiskStore")
    assert chosen["OPTIONS"] == {"root": Path("/var/lib/with space"), "fsync": True}


def test_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNFOLD_ARTIFACT_STORE", "s3://bucket/some/prefix/")
    monkeypatch.setenv("RUNFOLD_S3_ENDPOINT_URL", "http://store:8333")
    options = artifact_store(default="file:///x")["OPTIONS"]
    assert (options["bucket"], options["prefix"], options["endpoint_url"]) == (
        "bucket",
        "some/prefix/",
        "http://store:8333",
    )
    assert artifact_store(default="file:///x")["BACKEND"].endswith("S3Store")


@pytest.mark.parametrize("url", ["", "/folder", "file://host/folder", "file:relative", "s3:///prefix", "gs://bucket"])
def test_anything_else_stops_the_start(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RUNFOLD_ARTIFACT_STORE", url)
    with pytest.raises(ImproperlyConfigured, match="RUNFOLD_ARTIFACT_STORE"):
        artifact_store(default="file:///x")
