"""The body of an upload, read as it arrives. `request.body` would hold it whole, and refuse it for its size."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, UnreadablePostError

from apps.artifacts.refusals import incomplete_upload
from apps.artifacts.stores import CHUNK_BYTES
from apps.common.errors import InvalidInput


def body_chunks(request: HttpRequest) -> tuple[Iterator[bytes], int]:
    """The body in pieces, and how many bytes it has by its own account.

    Without a Content-Length nobody can tell a body that was cut off from one that ended (the server passes on both the
    same way), so that only an empty one is taken: clients send empty files like that.

    Raises:
        InvalidInput: the length is not said, or nonsense.
    """
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        if request.META["wsgi.input"].read(1):
            raise InvalidInput("length_required", "Send the file with a Content-Length, not in chunks.")
        return iter(()), 0
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if length < 0:
        raise InvalidInput("invalid_length", "The Content-Length is not a number of bytes.")
    return _chunks(request, length), length


def _chunks(request: HttpRequest, length: int) -> Iterator[bytes]:
    received = 0
    while received < length:
        try:
            chunk = request.read(min(CHUNK_BYTES, length - received))
        except UnreadablePostError:
            chunk = b""
        if not chunk:
            raise incomplete_upload(received, length)
        received += len(chunk)
        yield chunk
