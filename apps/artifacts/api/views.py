"""Files of runs: folders, the files themselves, batches of small ones, totals."""

from __future__ import annotations

import uuid
from functools import partial

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.artifacts import queries, services
from apps.artifacts.api.batches import MSGPACK, JsonBatchParser, MsgpackBatchParser
from apps.artifacts.api.renderers import AnyFile
from apps.artifacts.api.serializers import (
    Batch,
    EntryShape,
    FileQuery,
    FileShape,
    FolderQuery,
    OutcomesShape,
    ProjectUsageShape,
    UsageShape,
    entry_json,
    file_json,
    outcome_json,
    usage_json,
)
from apps.artifacts.details import details_of, folder_details
from apps.artifacts.http.bodies import body_chunks
from apps.artifacts.http.downloads import file_response
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import Renew
from apps.common.api.json import json_answer
from apps.common.api.schema import operation
from apps.common.api.serializers import page_of, query
from apps.common.api.views import ApiView, django_request
from apps.common.errors import InvalidInput
from apps.projects.api.doors import project_route
from apps.runs.api.doors import run_access, run_route
from apps.teams.access import Access
from apps.teams.permissions import Permission

BYTES = "application/octet-stream"
ANY = "*/*"
_SHA256_HEADER = "HTTP_X_CONTENT_SHA256"


class ArtifactList(ApiView):
    """The folders of a run."""

    tag = "artifacts"

    # Uploads by presigned addresses become files when somebody looks, in transactions of their own.
    @run_route(Permission.PROJECT_READ, binds=False)
    @operation("listArtifacts", response=page_of(EntryShape), query=FolderQuery)
    def get(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """List a folder of a run, files and folders together by name. A folder that is not there is empty."""
        wanted = query(FolderQuery, request)
        owner = OwnerRef(run_id)
        services.settle_uploads(access, owner)
        page = folder_details(
            access, owner, wanted["path"], page_size=wanted["page_size"], page_token=wanted.get("page_token")
        )
        return Response({"items": list(map(entry_json, page.items)), "next_page_token": page.next_page_token})


class ArtifactDetail(ApiView):
    """One file of a run."""

    tag = "artifacts"
    renderer_classes = [AnyFile]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """A client may keep a file, and has to ask whether it is still the same."""
        return super().default_response_headers | {"Cache-Control": "private, no-cache"}

    @run_route(Permission.PROJECT_READ, binds=False)
    @operation(
        "downloadArtifact",
        media=(ANY,),
        others={206: "The range that was asked for.", 304: "It is the one that the client has.", 416: "No such range."},
        refusals=(400,),
    )
    def get(self, request: Request, access: Access, run_id: uuid.UUID, path: str) -> HttpResponseBase:
        """Download a file, whole or by Range. The path may contain slashes.

        The ETag is the SHA-256 of the content in quotes; If-None-Match and If-Range compare it.
        """
        owner = OwnerRef(run_id)
        services.settle_uploads(access, owner)
        return file_response(django_request(request), access, queries.find_artifact(access, owner, path))

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("putArtifact", request_media=(BYTES,), response=FileShape, query=FileQuery, refusals=(409,))
    def put(self, request: Request, access: Access, run_id: uuid.UUID, path: str) -> HttpResponse:
        """Store a file of an active run, whose bytes are the body, in place of one that was there.

        Nobody sees it before it is whole; of two at once the last to end wins.
        """
        sha256 = announced_sha256(request)
        chunks, length = body_chunks(django_request(request))
        file = services.store_artifact(
            access,
            owner=OwnerRef(run_id),
            path=path,
            chunks=chunks,
            length=length,
            renew=current_rights(request, run_id),
            sha256=sha256,
        )
        return json_answer(file_json(details_of(file)))

    @run_route(Permission.RUN_DELETE, binds=False)
    @operation("deleteArtifacts", status=204, refusals=(400,))
    def delete(self, _request: Request, access: Access, run_id: uuid.UUID, path: str) -> Response:
        """Delete a file, or a folder with everything in it."""
        services.delete_artifacts(access, owner=OwnerRef(run_id), path=path)
        return Response(status=204)


class ArtifactInfo(ApiView):
    """What is known of one file of a run."""

    tag = "artifacts"

    @run_route(Permission.PROJECT_READ, binds=False)
    @operation("getArtifact", response=FileShape, refusals=(400,))
    def get(self, _request: Request, access: Access, run_id: uuid.UUID, path: str) -> Response:
        """Get size, SHA-256, media type and time of a file. The path may contain slashes."""
        owner = OwnerRef(run_id)
        services.settle_uploads(access, owner)
        return Response(file_json(details_of(queries.find_artifact(access, owner, path))))


class ArtifactBatch(ApiView):
    """Many small files of a run."""

    tag = "artifacts"
    parser_classes = [JsonBatchParser, MsgpackBatchParser]

    @run_route(Permission.RUN_LOG, binds=False)
    @operation("putArtifacts", request=Batch, response=OutcomesShape, request_media=(MSGPACK,))
    def post(self, request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Store up to 1,000 files of an active run in one request of at most 64 MiB.

        Each comes to an end of its own: one that is refused keeps no other from being stored.
        """
        if not isinstance(request.data, dict) or "files" not in request.data:
            raise InvalidInput("missing_body", "Send files: there is no body.", field="files")
        files = request.data["files"]
        renew = current_rights(request, run_id)
        outcomes = services.store_artifacts(access, owner=OwnerRef(run_id), files=files, renew=renew)
        return Response({"items": [outcome_json(each, _file(each)) for each in outcomes]})


class RunUsage(ApiView):
    """How much a run keeps."""

    tag = "artifacts"

    @run_route(Permission.PROJECT_READ, readonly=True)
    @operation("getRunUsage", response=UsageShape)
    def get(self, _request: Request, access: Access, run_id: uuid.UUID) -> Response:
        """Get how many files a run has, and how large they are together."""
        return Response(usage_json(queries.run_usage(access, run_id)))


class ExperimentUsage(ApiView):
    """How much an experiment keeps."""

    tag = "artifacts"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getExperimentUsage", response=UsageShape)
    def get(self, _request: Request, access: Access, experiment_id: int) -> Response:
        """Get how many files the runs of an experiment have, active and deleted, and how large they are together."""
        return Response(usage_json(queries.experiment_usage(access, experiment_id)))


class ProjectUsage(ApiView):
    """How much a project keeps."""

    tag = "artifacts"

    @project_route(Permission.PROJECT_READ, readonly=True)
    @operation("getProjectUsage", response=ProjectUsageShape)
    def get(self, _request: Request, access: Access) -> Response:
        """Get how many files a project has, how large they are together, and how much of that is stored."""
        usage = queries.project_usage(access)
        stored = {"stored_bytes": usage.stored_bytes, "limit_bytes": settings.PROJECT_STORAGE_LIMIT_BYTES or None}
        return Response(usage_json(usage) | stored)


def current_rights(request: Request, run_id: uuid.UUID) -> Renew:
    """How to resolve the caller's rights afresh when an upload has taken its time."""
    return partial(run_access, request, run_id.hex, fresh=True)


def announced_sha256(request: Request) -> str:
    """What the query, or else a header, says of the body's SHA-256; empty for nothing.

    Raises:
        ValidationError: it is none.
    """
    header = request.META.get(_SHA256_HEADER)
    said = query(FileQuery, request)
    if header is not None and "sha256" not in said:
        checked = FileQuery(data={"sha256": header})
        checked.is_valid(raise_exception=True)
        said = checked.validated_data
    sha256: str = said.get("sha256", "")
    return sha256


def _file(outcome: services.Outcome) -> dict[str, object] | None:
    return file_json(details_of(outcome.artifact)) if outcome.artifact else None
