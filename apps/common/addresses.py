"""Parts of addresses that Django's own path converters do not know."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import IntConverter, PathConverter, StringConverter


class KeyConverter(IntConverter):
    """The number of a row: one that fits the database, as any other names nothing."""

    regex = "[0-9]{1,18}"


class WordConverter(StringConverter):
    """A part of an address that is a name: without slashes, and without a NUL, which PostgreSQL refuses."""

    regex = r"[^/\x00]+"


class TextConverter(PathConverter):
    """The rest of an address, slashes and all: a name that users chose. None has a NUL, which PostgreSQL refuses."""

    regex = r"[^\x00]+"


register_converter(KeyConverter, "key")
register_converter(WordConverter, "word")
register_converter(TextConverter, "text")
