"""JSON in and out: strict, bounded, fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.http import HttpResponse
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from apps.common.errors import InvalidInput, PayloadTooLarge

JSON = "application/json"
MAX_BODY_BYTES = 1_000_000


def json_answer(data: Any, *, status: int = 200) -> HttpResponse:
    """`data` as the body of an answer."""
    return HttpResponse(orjson.dumps(data), content_type=JSON, status=status)


def bounded_body(stream: IO[bytes], length: str | None, limit: int) -> bytes:
    """The whole body of a request.

    Args:
        stream: the request; it ends where its Content-Length says.
        length: its Content-Length.
        limit: the most bytes to take; nothing is read of a body that says it is longer.

    Raises:
        PayloadTooLarge: the body is longer than `limit`.
    """
    if length and length.isdecimal() and int(length) > limit:
        raise PayloadTooLarge("payload_too_large", f"The request has {length} bytes; {limit} are allowed here.")
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge("payload_too_large", f"The request is longer than the {limit} bytes allowed here.")
    return body


class JsonParser(BaseParser):
    """Reads a JSON body of at most the view's `max_body_bytes`. NaN and Infinity are no JSON."""

    media_type = JSON

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded body.

        Raises:
            InvalidInput: it is no JSON.
            PayloadTooLarge: it is too long.
        """
        context = parser_context or {}
        limit = getattr(context.get("view"), "max_body_bytes", MAX_BODY_BYTES)
        body = bounded_body(stream, context["request"].META.get("CONTENT_LENGTH"), limit)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as exc:
            raise InvalidInput("malformed_json", f"The body is not JSON: {exc}.") from exc


class JsonRenderer(BaseRenderer):
    """Writes JSON."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        """`data` as JSON; nothing for no content."""
        return b"" if data is None else orjson.dumps(data)
