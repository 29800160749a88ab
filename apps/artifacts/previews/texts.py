"""Texts: their head, decoded and with line numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

_SNIFFED_BYTES = 8 * 1024
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class TextView:
    """A text as it is; `numbers` are those of its lines, one a line."""

    template: ClassVar[str] = "artifacts/previews/_text.html"

    text: str
    numbers: str
    is_cut: bool


def is_text(head: bytes) -> bool:
    """Whether this can be the beginning of a text: UTF-8 without zeros, but for a character that was cut in two."""
    if b"\x00" in head[:_SNIFFED_BYTES]:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as exc:
        return exc.start >= len(head) - 3 and exc.reason == "unexpected end of data"
    return True


def decoded(head: bytes) -> str:
    """The text; what is no UTF-8 shows as replacement characters."""
    return head.decode(errors="replace").removeprefix(_BOM).replace("\x00", "\ufffd")


def text_view(text: str, *, is_cut: bool) -> TextView:
    """The text with line numbers."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.count("\n") + (not text.endswith("\n"))
    return TextView(text, "\n".join(map(str, range(1, lines + 1))), is_cut)
