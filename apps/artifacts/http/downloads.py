"""A file as an answer that no browser shows or runs: an attachment, whole or a range of it."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from apps.artifacts.media_types import content_type_of
from apps.artifacts.models import Artifact
from apps.artifacts.queries import artifact_chunks
from apps.artifacts.stores import CHUNK_BYTES
from apps.teams.access import Access

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# Even where somebody opens it as a page: no script, no form, no request, no origin.
SANDBOX = "sandbox; default-src 'none'"


def file_response(request: HttpRequest, access: Access, artifact: Artifact) -> HttpResponseBase:
    """The file, or what the conditions and the range of the request ask for instead.

    The ETag is the SHA-256 of the content, so that a download can be verified by it. More than one range at a time is
    answered with the whole file, as HTTP allows.

    Raises:
        NotFound: it was deleted since it was found.
        StorageUnavailable: the store does not answer.
    """
    size, etag = artifact.size_bytes, f'"{artifact.blob.sha256}"'
    response: HttpResponseBase
    if _is_known(request, etag):
        response = HttpResponse(status=304)
    elif (wanted := _range(request, etag, size)) is None:
        response = _body(access, artifact, 0, size)
    elif wanted.start < wanted.stop:
        response = _body(access, artifact, wanted.start, len(wanted))
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    else:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {
        "Content-Type": content_type_of(artifact.media_type),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=artifact.name) or "attachment",
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _body(access: Access, artifact: Artifact, start: int, length: int) -> HttpResponseBase:
    chunks = artifact_chunks(access, artifact, start=start, length=length)
    if length <= CHUNK_BYTES:
        try:
            return HttpResponse(b"".join(chunks), headers={"Content-Length": str(length)})
        finally:
            chunks.close()
    return StreamingHttpResponse(chunks, headers={"Content-Length": str(length)})


def _is_known(request: HttpRequest, etag: str) -> bool:
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return "*" in known or etag in {each.removeprefix("W/") for each in known}


def _range(request: HttpRequest, etag: str, size: int) -> range | None:
    """The bytes that are asked for; None for all, an empty range for one that the file has not got."""
    match = _RANGE.fullmatch(request.META.get("HTTP_RANGE", "").replace(" ", ""))
    condition = request.META.get("HTTP_IF_RANGE")
    if match is None or match[0] == "bytes=-" or condition not in {None, etag}:
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
