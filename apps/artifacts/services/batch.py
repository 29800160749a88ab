"""Many small files that arrive in one request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.artifacts.models import Artifact
from apps.artifacts.owners import RunRef
from apps.artifacts.services.commit import Renew, with_current_rights
from apps.artifacts.services.storing import store_artifact
from apps.common.errors import Conflict, DomainError, InvalidInput, PayloadTooLarge
from apps.teams.access import Access
from apps.teams.permissions import Permission


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


def store_artifacts(access: Access, *, run: RunRef, files: Iterable[SmallFile], renew: Renew) -> list[Outcome]:
    """Store files of an active run one after the other; each comes to an end of its own, in the same order.

    Args:
        access: needs RUN_LOG.
        run: the run.
        files: what to store; of two with one path the later wins.
        renew: resolves the caller's rights afresh, should they change meanwhile.

    Raises:
        NotFound: the project has no such run.
        StorageUnavailable: the store does not answer; what came before is stored, and the same request may be repeated.
    """
    access.require(Permission.RUN_LOG)
    outcomes = []
    for file in files:
        try:
            outcomes.append(Outcome(file.path, artifact=_store(access, run, file, renew)))
        except (InvalidInput, Conflict, PayloadTooLarge) as refusal:
            outcomes.append(Outcome(file.path, refusal=refusal))
    return outcomes


def _store(access: Access, run: RunRef, file: SmallFile, renew: Renew) -> Artifact:
    return with_current_rights(
        access,
        renew,
        lambda current: store_artifact(
            current,
            run=run,
            path=file.path,
            chunks=[bytes(file.content)],
            length=len(file.content),
            renew=renew,
            sha256=file.sha256,
        ),
    )
