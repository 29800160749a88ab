"""Model packages: read by a job once their files are complete, and kept as rows."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from itertools import count
from pathlib import Path

from apps.artifacts.model_packages import bounded, contents, facts, safety
from apps.artifacts.model_packages.bounded import Wanted
from apps.artifacts.model_packages.contents import Role
from apps.artifacts.model_packages.facts import Facts, FileKind, Reading
from apps.artifacts.models import Artifact, ModelPackage, PackageEntry, PackageEntryKind
from apps.artifacts.models.packages import NAME_LENGTH, VERSION_LENGTH
from apps.artifacts.owners import OwnerRef, find_owner
from apps.artifacts.queries import artifact_chunks
from apps.artifacts.services.copies import files_below
from apps.common.errors import NotFound
from apps.jobs.services import enqueue
from apps.projects.tenancy import bound
from apps.teams.access import Access

JOB_KIND = "read_model_package"
# Told what is being done, about every second.
Progress = Callable[[str], None]


def request_reading(access: Access, owner: OwnerRef) -> None:
    """Have a package read soon; in the bound transaction that completes its files. The job is the system's own."""
    args = {"owner_kind": owner.kind, "owner_id": owner.id.hex}
    enqueue(access.project.id, JOB_KIND, args=args, key=owner.id.hex)


def read_package(access: Access, *, owner: OwnerRef, on_progress: Progress) -> Facts | None:
    """Look into the files of a logged model or version, and keep what that gives in place of what was known.

    Returns:
        What is known now; None if there is no such owner (any more), or it has no files.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    with bound(access, readonly=True):
        rows = files_below(access, owner, "").order_by("folder", "name")
        files = list(rows[: contents.MAX_FILES])
        file_count = rows.count()
    if not files:
        return None
    with tempfile.TemporaryDirectory() as folder:
        found = _facts(access, files, Path(folder), on_progress, file_count - len(files))
    return found if _keep(access, owner, found) else None


def forget_package(access: Access, owner_id: uuid.UUID) -> None:
    """Remove what is known of the package of an owner whose files go; in their bound transaction."""
    packages = ModelPackage.objects.in_project(access).filter(owner_id=owner_id)
    PackageEntry.objects.in_project(access).filter(package__in=packages).delete()
    packages.delete()


def _facts(access: Access, files: list[Artifact], folder: Path, on_progress: Progress, more_files: int) -> Facts:
    kinds = {file.path: contents.kind_of(file.path, _head(access, file)) for file in files}
    wanted, skipped = _fetched(access, files, kinds, folder, on_progress)
    on_progress("Reading what it says.")
    reading = bounded.read(folder, wanted)
    reports = _reports(files, kinds, reading, skipped)
    missing = [path for path in contents.EXPECTED if path not in kinds]
    verdict = safety.worst([safety.manifest_verdict(reading.manifest), *(report.verdict for report in reports)])
    return Facts(reading.manifest, reports, missing, verdict, more_files)


def _reports(
    files: list[Artifact], kinds: dict[str, FileKind], reading: Reading, skipped: set[str]
) -> list[facts.FileReport]:
    scans = {scan.path: scan for scan in reading.scans}
    return [
        safety.report(
            file.path,
            kinds[file.path],
            file.size_bytes,
            file.blob.sha256,
            scans.get(file.path),
            is_skipped=file.path in skipped,
        )
        for file in files
    ]


def _head(access: Access, file: Artifact) -> bytes:
    if not file.size_bytes:
        return b""
    chunks = artifact_chunks(access, file, length=min(contents.HEAD_BYTES, file.size_bytes))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def _fetched(
    access: Access, files: list[Artifact], kinds: dict[str, FileKind], folder: Path, on_progress: Progress
) -> tuple[list[Wanted], set[str]]:
    """Files for the reader, under names of ours; and the paths of those that are too large."""
    wanted, skipped, total, names = [], set(), 0, count()
    for file in files:
        role = contents.role_of(file.path, kinds[file.path])
        if role is None:
            continue
        limit = contents.TEXT_BYTES if role is Role.TEXT else contents.SCANNED_BYTES
        if file.size_bytes > limit or total + file.size_bytes > contents.SCANNED_TOGETHER:
            skipped.add(file.path)
            continue
        total += file.size_bytes
        on_progress("Fetching its files.")
        name = str(next(names))
        _fetch(access, file, folder / name, on_progress)
        wanted.append(Wanted(name, file.path, role))
    return wanted, skipped


def _fetch(access: Access, file: Artifact, target: Path, on_progress: Progress) -> None:
    chunks = artifact_chunks(access, file)
    try:
        with target.open("wb") as out:
            for number, chunk in enumerate(chunks):
                out.write(chunk)
                if number % 256 == 255:
                    on_progress("Fetching its files.")
    finally:
        chunks.close()


def _keep(access: Access, owner: OwnerRef, found: Facts) -> bool:
    """Store what was found, unless the owner went meanwhile; whether it is stored."""
    manifest = found.manifest
    with bound(access):
        try:
            find_owner(access, owner)
        except NotFound:
            return False
        forget_package(access, owner.id)
        package = ModelPackage(
            project_id=access.project.id,
            owner_kind=owner.kind,
            owner_id=owner.id,
            verdict=found.verdict,
            mlflow_version=manifest.mlflow_version[:VERSION_LENGTH],
            python_version=manifest.python_version[:VERSION_LENGTH],
            facts=facts.encode(found),
        )
        package.save(force_insert=True)
        entries = [
            *((PackageEntryKind.FLAVOR, each.name, each.version) for each in manifest.flavors),
            *((PackageEntryKind.REQUIREMENT, each.name, each.specifier) for each in manifest.requirements),
        ]
        PackageEntry.objects.in_project(access).bulk_create(
            PackageEntry(
                project_id=access.project.id,
                package_id=package.pk,
                kind=kind,
                name=name[:NAME_LENGTH],
                version=version[:VERSION_LENGTH],
            )
            for kind, name, version in entries
        )
    return True
