"""Many small files that arrive in one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings

from apps.artifacts.models import Artifact
from apps.artifacts.owners import OwnerRef
from apps.artifacts.paths import clean_path
from apps.artifacts.services.arrivals import Arrival
from apps.artifacts.services.blobs import Measured
from apps.artifacts.services.commit import Renew, with_current_rights
from apps.artifacts.services.small import MAX_TOGETHER, small_arrival, store_together
from apps.artifacts.services.storing import store_artifact
from apps.common.errors import Conflict, DomainError, InvalidInput, PayloadTooLarge
from apps.teams.access import Access
from apps.teams.permissions import Permission

# Refusals that say nothing about the other files.
_OF_ONE_FILE = (InvalidInput, Conflict, PayloadTooLarge)


@dataclass(frozen=True, slots=True)
class SmallFile:
    """A file that is in memory; `sha256` in hex, empty to take what comes."""

    path: str
    content: bytes | memoryview
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: it is stored, or refused."""

    path: str
    artifact: Artifact | None = None
    refusal: DomainError | None = None


def store_artifacts(access: Access, *, owner: OwnerRef, files: Iterable[SmallFile], renew: Renew) -> list[Outcome]:
    """Store files of an active run or model, small ones together; each comes to an end of its own, in the same order.

    Args:
        access: needs RUN_LOG.
        owner: the run or model.
        files: what to store; of two with one path the later wins.
        renew: resolves the caller's rights afresh, should they change meanwhile.

    Raises:
        NotFound: the project has no such run or model.
        StorageUnavailable: the store does not answer; what came before is stored, and the same request may be repeated.
    """
    access.require(Permission.RUN_LOG)
    return [
        _outcome(file, result)
        for group in _grouped(files)
        for file, result in zip(group, _store_group(access, owner, group, renew), strict=True)
    ]


def _grouped(files: Iterable[SmallFile]) -> Iterator[list[SmallFile]]:
    """In order: such as fit into rows in groups that share a transaction, each of the others alone."""
    group: list[SmallFile] = []
    for file in files:
        is_small = len(file.content) <= settings.INLINE_ARTIFACT_BYTES
        if group and (not is_small or len(group) == MAX_TOGETHER):
            yield group
            group = []
        if is_small:
            group.append(file)
        else:
            yield [file]
    if group:
        yield group


def _store_group(access: Access, owner: OwnerRef, files: list[SmallFile], renew: Renew) -> list[Artifact | DomainError]:
    if len(files) == 1:
        return [_store(access, owner, files[0], renew)]
    read = [_read(access, owner, file) for file in files]
    whole = [each for each in read if isinstance(each, Arrival)]
    stored = iter(store_together(access, whole, renew) if whole else [])
    return [next(stored) if isinstance(each, Arrival) else each for each in read]


def _read(access: Access, owner: OwnerRef, file: SmallFile) -> Arrival | InvalidInput:
    measured = Measured([bytes(file.content)], len(file.content), sha256=file.sha256)
    try:
        return small_arrival(access, owner, clean_path(file.path), measured)
    except InvalidInput as refusal:
        return refusal


def _store(access: Access, owner: OwnerRef, file: SmallFile, renew: Renew) -> Artifact | DomainError:
    def store(current: Access) -> Artifact:
        chunks, length = [bytes(file.content)], len(file.content)
        return store_artifact(
            current, owner=owner, path=file.path, chunks=chunks, length=length, renew=renew, sha256=file.sha256
        )

    try:
        return with_current_rights(access, renew, store)
    except _OF_ONE_FILE as refusal:
        return refusal


def _outcome(file: SmallFile, result: Artifact | DomainError) -> Outcome:
    if isinstance(result, Artifact):
        return Outcome(file.path, artifact=result)
    if isinstance(result, _OF_ONE_FILE):
        return Outcome(file.path, refusal=result)
    raise result
