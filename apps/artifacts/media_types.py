"""The media type of a file, from its name alone: the same on every machine, and never from what a client says."""

from __future__ import annotations

import mimetypes
import posixpath

BINARY = "application/octet-stream"
TEXT = "text/plain"

# mlflow/utils/mime_type_utils.py. Some of them have types of their own; as plain text no browser interprets them.
_TEXT_EXTENSIONS = frozenset(
    """
    txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb
    """.split()
)
_TEXT_NAMES = frozenset({"MLmodel", "MLproject"})
# Without the files of the machine, which differ.
_TYPES = mimetypes.MimeTypes()


def media_type_of(name: str) -> str:
    """The media type of a file of this name, without parameters."""
    stem, suffix = posixpath.splitext(name)
    if suffix[1:] in _TEXT_EXTENSIONS or name in _TEXT_NAMES:
        return TEXT
    if not suffix or not stem:
        return BINARY
    guessed, encoding = _TYPES.guess_type(f"file{suffix}")
    return BINARY if guessed is None or encoding else guessed


def content_type_of(media_type: str) -> str:
    """The header for it: texts are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
