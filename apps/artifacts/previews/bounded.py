"""Runs the decoder on a file, and believes nothing that comes out of it."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from apps.artifacts.isolated import said_by
from apps.artifacts.previews.kinds import MIB, Kind
from apps.artifacts.stores import Chunks

DECODER = Path(__file__).with_name("decoder.py")
OUTPUT_BYTES = MIB
THUMBNAIL_BYTES = 64 * 1024
SECONDS = 30
# Of a large Parquet file: where its first rows are, and where its footer is.
PARQUET_HEAD_BYTES, PARQUET_TAIL_BYTES = 64 * MIB, 16 * MIB
TOO_LARGE = "It is too large to preview: it needs more memory or time than a preview may take."
UNREADABLE = "It cannot be read: it is damaged, or not what its name says."
# Arrow's own allocators reserve more addresses than the bound allows.
ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}

# The bytes from a place on, so many of them.
Read = Callable[[int, int], Chunks]


class TableHead(msgspec.Struct, frozen=True):
    """The first rows and columns of a table, every value as text; `row_count` is None where nobody counted."""

    columns: list[str]
    rows: list[list[str]]
    types: list[str] = []
    row_count: int | None = None
    column_count: int | None = None


class Picture(msgspec.Struct, frozen=True):
    """Size of an image in pixels, or of a page in points; the thumbnail is a WebP in base64."""

    width: int
    height: int
    page_count: int
    thumbnail: str


class Decoded(msgspec.Struct, frozen=True):
    """One of the three."""

    table: TableHead | None = None
    picture: Picture | None = None
    refusal: str = ""


def decode(kind: Kind, size_bytes: int, read: Read) -> Decoded:
    """What the decoder makes of a file; a refusal that people may read where it makes nothing of it.

    Args:
        kind: an image, PDF or Parquet.
        size_bytes: of the file.
        read: opens a range of it.

    Raises:
        StorageUnavailable: from `read`.
    """
    with tempfile.TemporaryFile() as file:
        head_bytes = _fetch(kind, size_bytes, read, file)
        said = said_by(
            DECODER,
            [kind.value, str(head_bytes)],
            stdin=file,
            environment=ENVIRONMENT,
            seconds=SECONDS,
            output_bytes=OUTPUT_BYTES,
        )
    return Decoded(refusal=TOO_LARGE) if said is None else _checked(said)


def _fetch(kind: Kind, size_bytes: int, read: Read, file: IO[bytes]) -> int:
    """Write the file, or both ends of a large Parquet file with a hole between; how much of its beginning is there."""
    if kind is not Kind.PARQUET or size_bytes <= PARQUET_HEAD_BYTES + PARQUET_TAIL_BYTES:
        ranges, head_bytes = [(0, size_bytes)], size_bytes
    else:
        tail = size_bytes - PARQUET_TAIL_BYTES
        ranges, head_bytes = [(0, PARQUET_HEAD_BYTES), (tail, PARQUET_TAIL_BYTES)], PARQUET_HEAD_BYTES
    for start, length in ranges:
        file.seek(start)
        chunks = read(start, length)
        try:
            file.writelines(chunks)
        finally:
            chunks.close()
    file.flush()
    file.seek(0)
    return head_bytes


def _checked(said: bytes) -> Decoded:
    """What the decoder said, if it has the form that it may have, and a thumbnail of the size."""
    try:
        decoded = msgspec.json.decode(said, type=Decoded)
        if decoded.picture is not None:
            is_small = len(base64.b64decode(decoded.picture.thumbnail, validate=True)) <= THUMBNAIL_BYTES
            return decoded if is_small else Decoded(refusal=TOO_LARGE)
    except (msgspec.DecodeError, binascii.Error):
        return Decoded(refusal=UNREADABLE)
    return decoded
