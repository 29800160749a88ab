"""The one place where the path of an artifact is checked.

A path is a name in our own table and never becomes a path of the server's file system or a key of a bucket. It is
checked all the same, because clients write files under it: whatever might lead out of their folder is refused, also in
disguise (percent-encoded any number of times, Unicode that normalises to separators or dots).
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from apps.common.errors import InvalidInput

# In UTF-8. Both fit every file system that a client may download to, and an index of PostgreSQL.
MAX_PATH_BYTES = 1_024
MAX_SEGMENT_BYTES = 255
MAX_DEPTH = 64

_MAX_DECODINGS = 10
_DRIVE = re.compile(r"[A-Za-z]:")
_SEPARATORS = re.compile(r"[/\\]")
# Control characters, line and paragraph separators, halves of surrogate pairs.
_REFUSED_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Cs"})
# Look like / or \ and stay what they are under NFKC.
_SEPARATOR_LOOKALIKES = frozenset("\u2044\u2215\u2216\u29f5\u29f8\u29f9\u1735\u2571\u2572\u27cb\u27cd")
_UNDECODABLE = "\ufffd"


def clean_path(path: str) -> str:
    """The path of a file or folder below the root of its run, as it is stored: NFC.

    Args:
        path: decoded once, as a client meant it.

    Raises:
        InvalidInput: it could lead elsewhere than where it says, or is too long.
    """
    if not path:
        raise _refusal("it is empty")
    path = unicodedata.normalize("NFC", path)
    _check_characters(path)
    segments = path.split("/")
    _check_length(path, segments)
    if path.startswith("/"):
        raise _refusal("it is absolute")
    if "" in segments:
        raise _refusal("it has an empty part")
    _check_traversal(path)
    compatible = _compatible(path)
    if compatible.count("/") != path.count("/") or "\\" in compatible:
        raise _refusal("it has a character that looks like a separator")
    if "" in compatible.split("/"):
        raise _refusal("it has a part that cannot be seen")
    _check_traversal(compatible)
    for decoded in _decodings(path):
        _check_traversal(_compatible(decoded))
    return path


def clean_folder(path: str) -> str:
    """The same for a folder, where the empty path is the root, and a slash at the end changes nothing."""
    path = path.rstrip("/") if path.strip("/") else ""
    return clean_path(path) if path else ""


def parent_and_name(path: str) -> tuple[str, str]:
    """`a/b/c` as `a/b` and `c`; the parent of what stands at the root is the empty path."""
    parent, _, name = path.rpartition("/")
    return parent, name


def ancestors(folder: str) -> list[str]:
    """The folder and every folder that it lies in, the root (the empty path) first."""
    segments = folder.split("/") if folder else []
    return ["/".join(segments[:depth]) for depth in range(len(segments) + 1)]


def _check_characters(path: str) -> None:
    for character in path:
        if unicodedata.category(character) in _REFUSED_CATEGORIES:
            raise _refusal("it has a control character")
        if character in "\\#" or character in _SEPARATOR_LOOKALIKES:
            raise _refusal(f"it has the character {character!r}")
    if _UNDECODABLE in path:
        raise _refusal("it is not UTF-8")


def _check_length(path: str, segments: list[str]) -> None:
    if len(path.encode()) > MAX_PATH_BYTES:
        raise _refusal(f"it is longer than {MAX_PATH_BYTES} bytes in UTF-8")
    if max(len(segment.encode()) for segment in segments) > MAX_SEGMENT_BYTES:
        raise _refusal(f"it has a part of more than {MAX_SEGMENT_BYTES} bytes in UTF-8")
    if len(segments) > MAX_DEPTH:
        raise _refusal(f"it is more than {MAX_DEPTH} folders deep")


def _check_traversal(path: str) -> None:
    """Refuse what leads out of a folder on some system; dots and spaces count, since Windows cuts them off."""
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        raise _refusal("it is absolute")
    for segment in _SEPARATORS.split(path):
        if segment and not segment.strip(". "):
            raise _refusal(f"it has the part {segment!r}")


def _compatible(path: str) -> str:
    """As a careless system might read it: NFKC, without characters that cannot be seen."""
    visible = "".join(character for character in path if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", visible)


def _decodings(path: str) -> list[str]:
    """What percent-decoding makes of it, again and again."""
    found: list[str] = []
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(path)
        if decoded == path:
            return found
        found.append(decoded)
        path = decoded
    raise _refusal("it is percent-encoded too many times")


def _refusal(reason: str) -> InvalidInput:
    return InvalidInput("invalid_path", f"Invalid path: {reason}.", field="path")
