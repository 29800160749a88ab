"""Files of runs that arrive in parts, and may be taken up again where they were interrupted."""

from __future__ import annotations

import uuid

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from apps.artifacts import services
from apps.artifacts.api.serializers import (
    Completion,
    CompletionJob,
    FileQuery,
    FileShape,
    NewUpload,
    PartAddresses,
    PartShape,
    PartsToSend,
    UploadDetailShape,
    UploadShape,
    file_json,
    part_json,
    upload_json,
)
from apps.artifacts.api.views import BYTES, announced_sha256, current_rights
from apps.artifacts.details import details_of
from apps.artifacts.http.bodies import body_chunks
from apps.artifacts.models import Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.refusals import upload_not_found
from apps.common.api.paging import page_of_rows
from apps.common.api.schema import operation
from apps.common.api.serializers import PageQuery, body, page_of, query
from apps.common.api.views import ApiView, django_request
from apps.common.ids import parse_hex_id
from apps.jobs.models import Job
from apps.runs.api.doors import run_route
from apps.teams.access import Access
from apps.teams.permissions import Permission

# As MLflow's route to complete an upload of 10,000 parts.
MAX_COMPLETION_BYTES = 8_000_000


class UploadList(ApiView):
    """The uploads of a run that are going on."""

    tag = "uploads"

    @run_route(Permission.RUN_LOG, readonly=True)
    @operation("listUploads", response=page_of(UploadShape), query=PageQuery)
    def get(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """List the uploads of a run that are not complete, the oldest first."""
        uploads = services.unfinished_uploads(access, OwnerRef(run_id))
        page = page_of_rows(uploads, query(PageQuery, request), scope=f"uploads of {run_id.hex}", field="id")
        return Response({"items": list(map(_upload, page.items)), "next_page_token": page.next_page_token})

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("beginUpload", request=NewUpload, response=UploadShape, status=201, refusals=(409,))
    def post(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Begin a file of an active run that arrives in parts, each of 5 MiB at least but for the last."""
        upload = services.begin_upload(access, owner=OwnerRef(run_id), **body(NewUpload, request))
        return Response(_upload(upload), status=201)


class UploadDetail(ApiView):
    """One upload."""

    tag = "uploads"

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("getUpload", response=UploadDetailShape)
    def get(self, _request: Request, access: Access, run_id: uuid.UUID, upload_id: str) -> Response:
        """Get an upload with the parts that have arrived whole: what is missing is to be sent."""
        upload = _find(access, run_id, upload_id)
        parts = services.uploaded_parts(access, upload)
        return Response(_upload(upload) | {"parts": list(map(part_json, parts))})

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("abortUpload", status=204)
    def delete(self, _request: Request, access: Access, run_id: uuid.UUID, upload_id: str) -> Response:
        """Give an upload up, with all its parts."""
        services.abort_upload(access, upload_id=_key(upload_id), owner=OwnerRef(run_id))
        return Response(status=204)


class UploadPart(ApiView):
    """One part of an upload."""

    tag = "uploads"

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("putPart", request_media=(BYTES,), response=PartShape, query=FileQuery)
    def put(self, request: Request, access: Access, run_id: uuid.UUID, upload_id: str, part_number: int) -> Response:
        """Store a part, whose bytes are the body, in place of one of that number. Parts come in any order."""
        sha256 = announced_sha256(request)
        chunks, length = body_chunks(django_request(request))
        part = services.put_part(
            access,
            upload_id=_key(upload_id),
            number=part_number,
            chunks=chunks,
            length=length,
            owner=OwnerRef(run_id),
            sha256=sha256,
        )
        return Response(part_json(part))


class UploadAddresses(ApiView):
    """Addresses of the store."""

    tag = "uploads"

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("createPartAddresses", request=PartsToSend, response=PartAddresses, refusals=(501,))
    def post(self, request: Request, access: Access, run_id: uuid.UUID, upload_id: str) -> Response:
        """Get addresses to which parts are PUT straight, without this server or a credential, for a short while."""
        wanted = [(part["number"], part["size_bytes"]) for part in body(PartsToSend, request)["parts"]]
        urls = services.part_addresses(access, _find(access, run_id, upload_id), wanted)
        items = [{"number": number, "url": url} for (number, _), url in zip(wanted, urls, strict=True)]
        return Response({"items": items, "expires_in_seconds": settings.PRESIGNED_SECONDS})


class UploadCompletion(ApiView):
    """The end of an upload."""

    tag = "uploads"
    max_body_bytes = MAX_COMPLETION_BYTES

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("completeUpload", request=Completion, response=FileShape, accepted=CompletionJob, refusals=(409,))
    def post(self, request: Request, access: Access, run_id: uuid.UUID, upload_id: str) -> Response:
        """Make the file of its parts and check it; then everybody sees it, in place of one that was there.

        For a large file (256 MiB, unless the operator says otherwise) a job does it: the answer is a 202 that names it.
        """
        wanted = body(Completion, request)
        named = wanted.get("parts")
        ended = services.complete_or_enqueue(
            access,
            upload_id=_key(upload_id),
            parts=None if named is None else [(part["number"], part["etag"].strip('"')) for part in named],
            renew=current_rights(request, run_id),
            owner=OwnerRef(run_id),
            sha256=wanted.get("sha256", ""),
        )
        if isinstance(ended, Job):
            return Response({"job_id": ended.pk.hex, "state": ended.state}, status=202)
        return Response(file_json(details_of(ended)))


def _find(access: Access, run_id: uuid.UUID, upload_id: str) -> Upload:
    return services.open_upload(access, upload_id=_key(upload_id), owner=OwnerRef(run_id))


def _key(upload_id: str) -> uuid.UUID:
    key = parse_hex_id(upload_id)
    if key is None:
        raise upload_not_found()
    return key


def _upload(upload: Upload) -> dict[str, object]:
    return upload_json(upload, is_direct=services.is_direct(upload))
