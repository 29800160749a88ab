"""Small files as one request carries them, in JSON or msgpack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework.parsers import BaseParser

from apps.artifacts.api.serializers import MAX_FILES_A_BATCH
from apps.artifacts.services import SmallFile
from apps.common.api.json import JSON, bounded_body
from apps.common.errors import InvalidInput, PayloadTooLarge

MSGPACK = "application/msgpack"
MAX_BATCH_BYTES = 64 * 1024 * 1024


class WireFile(msgspec.Struct, forbid_unknown_fields=True):
    """A file; in JSON its content is base64. In msgpack it stays where it is in the body, so that it is there once."""

    path: str
    content: memoryview
    sha256: str = ""


class WireBatch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request."""

    files: list[WireFile]


_json = msgspec.json.Decoder(WireBatch)
_msgpack = msgspec.msgpack.Decoder(WireBatch)


class _BatchParser(BaseParser):
    """Reads files."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, list[SmallFile]]:
        """`{"files": ...}`, those of the body.

        Raises:
            InvalidInput: it is malformed.
            PayloadTooLarge: it is too long, or has too many files.
        """
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH")
        files = _decoded(self.media_type, bounded_body(stream, length, MAX_BATCH_BYTES))
        if len(files) > MAX_FILES_A_BATCH:
            message = f"At most {MAX_FILES_A_BATCH} files a request, not {len(files)}: send several."
            raise PayloadTooLarge("too_many_files", message, field="files")
        return {"files": [SmallFile(file.path, file.content, file.sha256) for file in files]}


class JsonBatchParser(_BatchParser):
    """Files in JSON."""

    media_type = JSON


class MsgpackBatchParser(_BatchParser):
    """Files in msgpack."""

    media_type = MSGPACK


def _decoded(media_type: str, body: bytes) -> list[WireFile]:
    try:
        return (_msgpack if media_type == MSGPACK else _json).decode(body).files
    except msgspec.ValidationError as exc:
        raise InvalidInput("invalid_input", str(exc), field="files") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidInput("malformed_body", f"The body cannot be decoded: {exc}.") from exc
