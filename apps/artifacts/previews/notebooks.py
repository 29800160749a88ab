"""Jupyter notebooks, read and never run: code and texts as text, markdown as markdown, of outputs images and plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from django.utils.safestring import SafeString

from apps.artifacts.previews import markdown

MAX_BYTES = 8 * 1024 * 1024
MAX_CELLS = 200
MAX_TEXT = 20_000
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Output:
    """What a cell gave: an image as a data address, or a text."""

    image: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `html` of markdown, or code with its number and outputs."""

    html: SafeString | None
    code: str
    number: str
    outputs: list[Output]


@dataclass(frozen=True, slots=True)
class NotebookView:
    """The cells, and whether there are more."""

    template: ClassVar[str] = "artifacts/previews/_notebook.html"

    cells: list[Cell]
    is_cut: bool


def notebook_view(content: bytes) -> NotebookView | None:
    """The cells of a notebook; None if the bytes are none."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    found = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(found, list):
        return None
    left, cells = markdown.MAX_CHARACTERS, []
    for raw in found[:MAX_CELLS]:
        if isinstance(raw, dict):
            text = _text(raw.get("source"))
            is_markdown = raw.get("cell_type") == "markdown" and len(text) <= left
            left -= len(text) if is_markdown else 0
            cells.append(_cell(raw, text, is_markdown=is_markdown))
    return NotebookView(cells, len(found) > MAX_CELLS)


def _cell(raw: dict[str, Any], text: str, *, is_markdown: bool) -> Cell:
    if is_markdown:
        return Cell(markdown.rendered(text), "", "", [])
    number, outputs = raw.get("execution_count"), raw.get("outputs")
    shown = [_output(output) for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []
    return Cell(
        None, text, str(number) if isinstance(number, int) else "", [each for each in shown if each.image or each.text]
    )


def _output(raw: dict[str, Any]) -> Output:
    data = raw.get("data")
    data = data if isinstance(data, dict) else {}
    for media_type in _IMAGES:
        encoded = data.get(media_type)
        encoded = "".join(_joined(encoded).split())
        if encoded and _BASE64.fullmatch(encoded):
            return Output(image=f"data:{media_type};base64,{encoded}")
    if raw.get("output_type") == "error":
        return Output(text=_ANSI.sub("", _text(raw.get("traceback"), between="\n")))
    text = _text(raw.get("text")) or _text(data.get("text/plain"))
    if not text and data:
        text = "(an output of a kind that is not shown: " + ", ".join(sorted(map(str, data)))[:200] + ")"
    return Output(text=_ANSI.sub("", text))


def _text(lines: Any, *, between: str = "") -> str:
    text = _joined(lines, between)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _joined(lines: Any, between: str = "") -> str:
    """The notebook's format has texts as one string or as a list of lines."""
    if isinstance(lines, list):
        return between.join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
