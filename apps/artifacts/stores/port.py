"""What the rest of the app asks of a place for bytes. Two adapters: a folder of this machine, and S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.common.errors import InvalidInput, NotImplementedYet

# How much of an object is in memory at a time: large enough that system calls do not count.
CHUNK_BYTES = 256 * 1024


class ObjectMissing(Exception):
    """There is nothing under this key."""


class PartsRefused(InvalidInput):
    """The parts that were named are not those that were sent."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_parts", message, field="parts")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart upload as the store holds it; the first has number 1."""

    number: int
    etag: str
    size_bytes: int


class Chunks(Protocol):
    """The bytes of an object, or of a range of it, opened already. To be closed by who reads them."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None:
        """Give back what reading holds."""


class ArtifactStore(Protocol):
    """Bytes under keys that our own rows determine (apps.artifacts.stores.keys). Nothing a client says becomes a key.

    What is not whole is not there: `get` and `head` show an object only after `put` or `complete_multipart` returned.
    Every method raises StorageUnavailable when the store does not answer.

    Attributes:
        is_direct: clients can reach the store by presigned addresses; without it the three presign methods raise
            NotImplementedYet.
    """

    is_direct: bool

    def ping(self) -> None:
        """Return if the store is there and lets us in."""

    def put(self, key: str, chunks: Iterable[bytes], *, length: int) -> None:
        """Store an object of `length` bytes; what is raised while reading `chunks` leaves nothing."""

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> Chunks:
        """The bytes from `start` on, `length` of them or all; ObjectMissing if there is no object."""

    def head(self, key: str) -> int | None:
        """The size of an object; None if there is none."""

    def copy(self, source: str, target: str) -> None:
        """Store a copy of an object under another key; ObjectMissing if there is no object."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing to do is no error."""

    def discard(self, key: str) -> None:
        """Remove an object and whatever was begun under its key and never ended, by whomever."""

    def begin_multipart(self, key: str) -> str:
        """Begin an object that comes in parts; returns the store's own id of that."""

    def put_part(self, key: str, multipart_id: str, number: int, chunks: Iterable[bytes], *, length: int) -> Part:
        """Store a part, in place of an earlier one of that number."""

    def parts(self, key: str, multipart_id: str) -> list[Part]:
        """The parts that have arrived whole, by number; none when it was never begun, or is complete or aborted."""

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the object of the parts, given as (number, etag) in order. Done again it changes nothing.

        Raises:
            PartsRefused: a part is not there, or another than its etag says.
            ObjectMissing: it was never begun, or is aborted; maybe also when it is complete.
        """

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Forget the parts; nothing to do is no error."""

    def presign_get(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str:
        """An address at which anybody can read the object for some seconds, as an attachment."""

    def presign_put(self, key: str, *, seconds: int) -> str:
        """An address at which anybody can store the object for some seconds."""

    def presign_part(self, key: str, multipart_id: str, number: int, *, seconds: int, length: int | None = None) -> str:
        """An address at which anybody can store one part for some seconds: of `length` bytes, no more and no fewer."""


def not_direct(what: str) -> NotImplementedYet:
    """What the presign methods of a store raise that clients cannot reach; clients look for these words."""
    return NotImplementedYet(
        "not_direct", f"{what} is not supported for the current artifact repository: bytes go through this server."
    )
