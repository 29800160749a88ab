"""What a page shows of one file: a view of its content, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
import orjson

from apps.artifacts import media_types
from apps.artifacts.models import Artifact, Preview, PreviewState
from apps.artifacts.previews import json_tree, markdown, notebooks, tables, texts
from apps.artifacts.previews.bounded import Decoded, Picture
from apps.artifacts.previews.kinds import DECODED_BYTES, HEAD_BYTES, Kind, kind_of, shown_raw
from apps.artifacts.queries import artifact_chunks
from apps.teams.access import Access

# Shown as it is where a browser has no trouble with it, else its thumbnail.
MAX_SHOWN_PIXELS = 16_000_000


@dataclass(frozen=True, slots=True)
class PictureView:
    """An image or the first page of a document; `is_whole` if the browser is to show the file itself."""

    template: ClassVar[str] = "artifacts/previews/_picture.html"

    picture: Picture
    is_page: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class FrameView:
    """HTML or SVG, shown by the browser in a sandbox."""

    template: ClassVar[str] = "artifacts/previews/_frame.html"

    is_image: bool
    has_script: bool


@dataclass(frozen=True, slots=True)
class PendingView:
    """A job is at work: ask again."""

    template: ClassVar[str] = "artifacts/previews/_pending.html"


@dataclass(frozen=True, slots=True)
class NoView:
    """There is nothing to see, and why."""

    template: ClassVar[str] = "artifacts/previews/_none.html"

    reason: str


View = (
    texts.TextView
    | tables.TableView
    | json_tree.JsonView
    | markdown.MarkdownView
    | notebooks.NotebookView
    | PictureView
    | FrameView
    | PendingView
    | NoView
)

BINARY = NoView("Files of this kind have no preview: they are kept as they are, and never opened here.")
DAMAGED = NoView("It cannot be shown: it is damaged, or not what its name says.")


def needs_job(artifact: Artifact) -> bool:
    """Whether a job has to decode the file before there is anything to see."""
    limit = DECODED_BYTES.get(kind_of(artifact.name, artifact.media_type))
    return limit is not None and 0 < artifact.size_bytes <= limit


def built_view(artifact: Artifact, preview: Preview) -> View:
    """What a job made of the file."""
    if preview.state == PreviewState.BUILDING:
        return PendingView()
    decoded = msgspec.json.decode(bytes(preview.decoded), type=Decoded)
    if decoded.table is not None:
        return tables.table_view(decoded.table)
    if decoded.picture is not None:
        is_small = decoded.picture.width * decoded.picture.height <= MAX_SHOWN_PIXELS
        is_shown = shown_raw(artifact.name, artifact.media_type, artifact.size_bytes) is not None
        return PictureView(decoded.picture, preview.kind == Kind.PDF, is_small and is_shown)
    return NoView(decoded.refusal)


def direct_view(access: Access, artifact: Artifact) -> View:
    """What can be shown at once, from the head of the file.

    Raises:
        NotFound: it was deleted since it was found.
        StorageUnavailable: the store does not answer.
    """
    kind = kind_of(artifact.name, artifact.media_type)
    if artifact.size_bytes == 0:
        return NoView("The file is empty.")
    if kind is Kind.NONE:
        return BINARY
    if kind in DECODED_BYTES:
        return NoView("It is too large to preview.")
    if kind in {Kind.HTML, Kind.SVG}:
        return _frame(access, artifact, kind)
    if kind is Kind.NOTEBOOK and artifact.size_bytes <= notebooks.MAX_BYTES:
        return notebooks.notebook_view(_head(access, artifact, notebooks.MAX_BYTES)) or DAMAGED
    head = _head(access, artifact, HEAD_BYTES)
    if kind is Kind.UNKNOWN and not texts.is_text(head):
        return BINARY
    return _text(kind, texts.decoded(head), is_cut=artifact.size_bytes > len(head))


def _text(kind: Kind, text: str, *, is_cut: bool) -> View:
    view: View | None = None
    if kind in {Kind.CSV, Kind.TSV}:
        head = tables.csv_head(text, delimiter="\t" if kind is Kind.TSV else None, is_cut=is_cut)
        view = tables.table_view(head) if head else None
    elif kind is Kind.JSON and not is_cut:
        view = _json(text)
    elif kind is Kind.MARKDOWN and len(text) <= markdown.MAX_CHARACTERS:
        view = markdown.MarkdownView(markdown.rendered(text))
    return view or texts.text_view(text, is_cut=is_cut)


def _json(text: str) -> View | None:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    table = tables.split_head(document)
    return tables.table_view(table) if table else json_tree.json_view(document)


def _frame(access: Access, artifact: Artifact, kind: Kind) -> View:
    if artifact.media_type == media_types.BINARY:
        return DAMAGED
    if shown_raw(artifact.name, artifact.media_type, artifact.size_bytes) is None:
        return NoView("It is too large to preview.")
    head = _head(access, artifact, HEAD_BYTES)
    return FrameView(is_image=kind is Kind.SVG, has_script=b"<script" in head.lower())


def _head(access: Access, artifact: Artifact, most: int) -> bytes:
    chunks = artifact_chunks(access, artifact, length=min(most, artifact.size_bytes))
    try:
        return b"".join(chunks)
    finally:
        chunks.close()
