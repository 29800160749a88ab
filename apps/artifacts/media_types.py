"""The media type of a file, from its name and its first bytes: the same on every machine, and never from what a client says."""

from __future__ import annotations

import mimetypes
import posixpath

from apps.artifacts.previews.texts import is_text

BINARY = "application/octet-stream"
TEXT = "text/plain"
# As many bytes of a file as `media_type_of` looks at.
HEAD_BYTES = 64

_TEXT_BY_SUFFIX = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "xml": "application/xml",
    "toml": "application/toml",
    "ipynb": "application/x-ipynb+json",
    "js": "text/javascript",
    "py": "text/x-python",
}
# Of binary files. Pickles and ONNX begin with nothing that tells them apart.
_BINARY_BY_SUFFIX = {
    "parquet": "application/vnd.apache.parquet",
    "pq": "application/vnd.apache.parquet",
    "npy": "application/x-npy",
    "safetensors": "application/x-safetensors",
    "hdf5": "application/x-hdf5",
    "onnx": "application/x-onnx",
    "pkl": "application/x-pickle",
    "pickle": "application/x-pickle",
}
# mlflow/utils/mime_type_utils.py.
_PLAIN_SUFFIXES = frozenset("txt log err cfg conf cnf cf ini properties prop hocon py3 rst".split())
_TEXT_NAMES = {"MLmodel": "application/yaml", "MLproject": "application/yaml"}
# Served as plain text, which no browser interprets; MLflow does the same.
_SERVED_AS_TEXT = frozenset({*_TEXT_BY_SUFFIX.values(), TEXT})
_BY_SUFFIX = {**_TEXT_BY_SUFFIX, **_BINARY_BY_SUFFIX, **dict.fromkeys(_PLAIN_SUFFIXES, TEXT)}
# What files of a type begin with. Where a name claims one of these types, the bytes have to bear it out.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PAR1", _BY_SUFFIX["parquet"]),
    (b"\x93NUMPY", _BY_SUFFIX["npy"]),
    (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
)
_SIGNED = frozenset({*(media_type for _, media_type in _SIGNATURES), "image/webp", _BY_SUFFIX["safetensors"]})
# A safetensors file begins with the length of its JSON header, which its reference reader bounds by this.
_MAX_SAFETENSORS_HEADER = 100_000_000
# Without the files of the machine, which differ.
_TYPES = mimetypes.MimeTypes()


def media_type_of(name: str, head: bytes) -> str:
    """The media type of a file, without parameters: its name's, unless its bytes are plainly something else.

    Bytes that begin like a known format are of that, whatever the name. A name that claims such a format, or a text, has
    to be borne out by the bytes.

    Args:
        name: the file's.
        head: its first bytes, HEAD_BYTES of them or all.
    """
    named, signed = _by_name(name), _by_signature(head)
    if signed is not None:
        return signed
    if head and (named in _SIGNED or (_is_text_type(named) and not is_text(head))):
        return BINARY
    return named


def content_type_of(media_type: str) -> str:
    """The header for it: texts are UTF-8, and plain."""
    if media_type in _SERVED_AS_TEXT:
        return f"{TEXT}; charset=utf-8"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _is_text_type(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in _SERVED_AS_TEXT


def _by_name(name: str) -> str:
    stem, suffix = posixpath.splitext(name.lower())
    if name in _TEXT_NAMES:
        return _TEXT_NAMES[name]
    if suffix[1:] in _BY_SUFFIX:
        return _BY_SUFFIX[suffix[1:]]
    if not suffix or not stem:
        return BINARY
    guessed, encoding = _TYPES.guess_type(f"file{suffix}")
    return BINARY if guessed is None or encoding else guessed


def _by_signature(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _MAX_SAFETENSORS_HEADER:
        return _BY_SUFFIX["safetensors"]
    return next((media_type for signature, media_type in _SIGNATURES if head.startswith(signature)), None)
