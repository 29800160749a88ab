"""What must be so of a project's files at any moment."""

from __future__ import annotations

from collections import Counter

import boto3
from django.conf import settings

from apps.artifacts.models import KEPT_STATES, Artifact, Blob, BlobState, Folder, ProjectUsage, TeamUsage
from apps.artifacts.paths import ancestors, parent_and_name
from apps.artifacts.stores import Home
from apps.projects.tenancy import bound
from apps.teams.access import Access


def check_consistency(access: Access, *, is_only_project: bool = True) -> None:
    """Totals are the sums of the rows, folders those that have files, and the store holds what blobs say and no more."""
    with bound(access):
        files = list(Artifact.objects.in_project(access).select_related("blob"))
        folders = list(Folder.objects.in_project(access))
        blobs = list(Blob.objects.in_project(access))
        usage = ProjectUsage.objects.in_project(access).first() or ProjectUsage()
    stored = sum(blob.size_bytes for blob in blobs if blob.state in KEPT_STATES)
    totals = (len(files), sum(file.size_bytes for file in files), stored)
    assert (usage.file_count, usage.file_bytes, usage.stored_bytes) == totals
    if is_only_project:
        team = TeamUsage.objects.filter(pk=access.team.id).first() or TeamUsage()
        assert (team.file_count, team.file_bytes, team.stored_bytes) == totals
    assert all(file.blob.state in KEPT_STATES and file.blob.size_bytes == file.size_bytes for file in files)
    _check_folders(files, folders)
    kept = {Home.of(access).blob_key(blob.pk): blob.size_bytes for blob in blobs if _is_in_store(blob)}
    assert kept == {key: size for key, size in _in_store(access).items() if key in kept}


def check_nothing_is_left_over(access: Access) -> None:
    """Nothing is on its way: every blob is referred to, and the store holds nothing else."""
    with bound(access):
        blobs = list(Blob.objects.in_project(access))
        referred = set(Artifact.objects.in_project(access).values_list("blob_id", flat=True))
    stored = {Home.of(access).blob_key(blob.pk) for blob in blobs if _is_in_store(blob)}
    assert {(blob.pk, blob.state) for blob in blobs} == {(pk, BlobState.STORED) for pk in referred}
    assert _in_store(access).keys() == stored


def _is_in_store(blob: Blob) -> bool:
    return blob.state == BlobState.STORED and blob.content is None


def _check_folders(files: list[Artifact], folders: list[Folder]) -> None:
    counts: Counter[tuple[object, str, str]] = Counter()
    sizes: Counter[tuple[object, str, str]] = Counter()
    for file in files:
        for path in ancestors(file.folder):
            counts[file.owner_id, *parent_and_name(path)] += 1
            sizes[file.owner_id, *parent_and_name(path)] += file.size_bytes
    keyed = {(folder.owner_id, folder.parent, folder.name): folder for folder in folders}
    assert {key: folder.file_count for key, folder in keyed.items()} == counts
    assert {key: folder.size_bytes for key, folder in keyed.items()} == {key: sizes[key] for key in counts}


def _in_store(access: Access) -> dict[str, int]:
    """Every object below the project's prefix and, under names that no blob has, what was begun and never ended."""
    options, prefix = settings.ARTIFACT_STORE["OPTIONS"], Home.of(access).prefix
    if "bucket" in options:
        return _in_bucket(options, options.get("prefix", "") + prefix)
    root = options["root"]
    found = [*(root / prefix).rglob("*"), *(root / ".parts" / prefix).rglob("*")]
    return {str(path.relative_to(root)): path.stat().st_size for path in found if path.is_file()}


def _in_bucket(options: dict[str, str], prefix: str) -> dict[str, int]:
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=options["bucket"], Prefix=prefix)
    objects = [(each["Key"], each["Size"]) for page in pages for each in page.get("Contents", [])]
    begun = client.list_multipart_uploads(Bucket=options["bucket"]).get("Uploads", [])
    found = {key.removeprefix(options.get("prefix", "")): size for key, size in objects}
    return found | {f"{each['Key']}?uploadId={each['UploadId']}": 0 for each in begun}
