"""What a file is shown as: decided by what its bytes plainly are, else by its name; never by what an uploader says."""

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
# By apps.artifacts.media_types, which has seen the bytes; the others have no beginning of their own.
_BY_MEDIA_TYPE = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp"), Kind.IMAGE),
    "application/pdf": Kind.PDF,
    "application/vnd.apache.parquet": Kind.PARQUET,
    **dict.fromkeys(
        ("application/zip", "application/gzip", "application/x-hdf5", "application/x-npy", "application/x-safetensors"),
        Kind.NONE,
    ),
}
# The one list of types under which a browser is given a tenant's bytes to show. No type that a browser would take as a
# script or a style sheet of ours may ever be in it: the policy of our pages trusts this origin.
_SHOWN_RAW = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "image/svg+xml": "image/svg+xml",
    "text/html": "text/html; charset=utf-8",
}
# What a job decodes, and the largest file that it looks at.
DECODED_BYTES = {Kind.IMAGE: 64 * MIB, Kind.PDF: 64 * MIB, Kind.PARQUET: 1024 * 1024 * MIB}
_SHOWN_BYTES = {Kind.IMAGE: 16 * MIB, Kind.SVG: 4 * MIB, Kind.HTML: 16 * MIB}


@dataclass(frozen=True, slots=True)
class Shown:
    """How a browser is given the bytes themselves: in a sandbox, under this type."""

    kind: Kind
    content_type: str


def kind_of(name: str, media_type: str) -> Kind:
    """What a file of this name and type is shown as."""
    suffix = posixpath.splitext(name)[1][1:].lower()
    return _BY_MEDIA_TYPE.get(media_type) or _BY_SUFFIX.get(suffix, Kind.UNKNOWN)


def shown_raw(name: str, media_type: str, size_bytes: int) -> Shown | None:
    """How the bytes of a file are shown as they are; None if never, or not at this size."""
    content_type, kind = _SHOWN_RAW.get(media_type), kind_of(name, media_type)
    if content_type is None or size_bytes > _SHOWN_BYTES.get(kind, -1):
        return None
    return Shown(kind, content_type)
