"""The one place that knows where the bytes of a blob are."""

from __future__ import annotations

from typing import Self

from apps.artifacts.models import Blob
from apps.artifacts.placement import store_of
from apps.artifacts.stores import CHUNK_BYTES, Chunks, Home


def open_blob(home: Home, blob: Blob, *, start: int = 0, length: int | None = None) -> Chunks:
    """The bytes of a blob, opened: `length` of them from `start` on, or all. To be closed by who reads them.

    Raises:
        ObjectMissing: the store has none.
        StorageUnavailable: the store does not answer.
    """
    if blob.content is not None:
        content = memoryview(blob.content)[start:]
        return InlineChunks(bytes(content if length is None else content[:length]))
    return store_of(blob).get(home.blob_key(blob.pk), start=start, length=length)


class InlineChunks:
    """Bytes from a row."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        chunk, self._left = self._left[:CHUNK_BYTES], self._left[CHUNK_BYTES:]
        return chunk

    def close(self) -> None:
        """Nothing is held."""
