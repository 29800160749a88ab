"""Markdown without HTML, without foreign images, and with links that say nothing of where one comes from."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# Some texts take the parser time that grows with the square of their length.
MAX_CHARACTERS = 100_000
_LINKS = ("http://", "https://", "mailto:", "#")
_IMAGES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")
# Below the headings of the page itself.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}
_ALIGNMENTS = {"text-align:right": "align-end", "text-align:center": "align-center"}


@dataclass(frozen=True, slots=True)
class MarkdownView:
    """HTML that the parser made of a text: every character of the text is escaped in it."""

    template: ClassVar[str] = "artifacts/previews/_markdown.html"

    html: SafeString


def rendered(text: str) -> SafeString:
    """HTML of a markdown text that nobody trusts."""
    html: str = _parser().render(text)
    return SafeString(html)


@cache
def _parser() -> MarkdownIt:
    # `html` off: tags in the text are text.
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("harmless", _make_harmless)
    parser.add_render_rule("image", _image)
    return parser


def _make_harmless(state: StateCore) -> None:
    for token in _all(state.tokens):
        token.tag = _HEADINGS.get(token.tag, token.tag)
        if "style" in token.attrs:
            # Our policy allows no style attribute, not even the parser's own.
            alignment = str(token.attrs.pop("style"))
            token.attrSet("class", _ALIGNMENTS.get(alignment, "align-start"))
        if token.type == "link_open":
            if str(token.attrs.get("href", "")).lower().startswith(_LINKS):
                token.attrSet("rel", "noopener noreferrer nofollow")
            else:
                token.attrs.pop("href", None)


def _all(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
    """An image that the text itself holds; the words of one that would have to be fetched from elsewhere."""
    token = tokens[index]
    alt = renderer.renderInlineAsText(token.children or [], options, env)
    if str(token.attrs.get("src", "")).startswith(_IMAGES):
        token.attrSet("alt", alt)
        return str(renderer.renderToken(tokens, index, options, env))
    return format_html('<span class="chip">{}</span>', alt or "image")
