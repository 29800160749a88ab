"""What a file is shown as: decided by its name alone, never by what an uploader says of it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024
# Of texts; what is longer is cut and the page says so.
HEAD_BYTES = MIB


class Kind(StrEnum):
    """A way to show a file."""

    IMAGE = "image"
    SVG = "svg"
    PDF = "pdf"
    HTML = "html"
    PARQUET = "parquet"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    NOTEBOOK = "notebook"
    MARKDOWN = "markdown"
    TEXT = "text"
    # A text if it turns out to be one.
    UNKNOWN = "unknown"
    NONE = "none"


_BY_SUFFIX = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp"), Kind.IMAGE),
    "svg": Kind.SVG,
    "pdf": Kind.PDF,
    **dict.fromkeys(("html", "htm"), Kind.HTML),
    **dict.fromkeys(("parquet", "pq"), Kind.PARQUET),
    "csv": Kind.CSV,
    "tsv": Kind.TSV,
    "json": Kind.JSON,
    "ipynb": Kind.NOTEBOOK,
    **dict.fromkeys(("md", "markdown"), Kind.MARKDOWN),
    **dict.fromkeys(
        """
        txt log err out cfg conf ini properties toml yaml yml xml jsonl ndjson js mjs ts tsx css py pyi r jl sql sh bash
        c h cc cpp hpp cu java kt go rs rb scala lua tex rst env lock diff patch
        """.split(),
        Kind.TEXT,
    ),
    **dict.fromkeys(
        "pkl pickle joblib pt pth ckpt safetensors onnx h5 hdf5 npy npz bin zip gz tgz tar bz2 xz zst 7z whl so".split(),
        Kind.NONE,
    ),
}
# The one list of types under which a browser is given a tenant's bytes to show. No type that a browser would take as a
# script or a style sheet of ours may ever be in it: the policy of our pages trusts this origin.
_SHOWN_RAW = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "html": "text/html; charset=utf-8",
    "htm": "text/html; charset=utf-8",
}
# What a job decodes, and the largest file that it looks at.
DECODED_BYTES = {Kind.IMAGE: 64 * MIB, Kind.PDF: 64 * MIB, Kind.PARQUET: 1024 * 1024 * MIB}
_SHOWN_BYTES = {Kind.IMAGE: 16 * MIB, Kind.SVG: 4 * MIB, Kind.HTML: 16 * MIB}


@dataclass(frozen=True, slots=True)
class Shown:
    """How a browser is given the bytes themselves: in a sandbox, under this type."""

    kind: Kind
    content_type: str


def kind_of(name: str) -> Kind:
    """What a file of this name is shown as."""
    return _BY_SUFFIX.get(_suffix(name), Kind.UNKNOWN)


def shown_raw(name: str, size_bytes: int) -> Shown | None:
    """How the bytes of a file are shown as they are; None if never, or not at this size."""
    content_type, kind = _SHOWN_RAW.get(_suffix(name)), kind_of(name)
    if content_type is None or size_bytes > _SHOWN_BYTES[kind]:
        return None
    return Shown(kind, content_type)


def _suffix(name: str) -> str:
    return posixpath.splitext(name)[1][1:].lower()
