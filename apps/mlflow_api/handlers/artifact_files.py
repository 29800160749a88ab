"""Routes that carry the bytes of files, either way, never more than a piece at a time."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.artifacts import services
from apps.artifacts.http.bodies import body_chunks
from apps.artifacts.http.downloads import file_response
from apps.artifacts.owners import OwnerRef
from apps.artifacts.queries import find_artifact
from apps.artifacts.services import Renew
from apps.common.errors import InvalidInput
from apps.mlflow_api import responses
from apps.mlflow_api.artifact_addresses import meant_address
from apps.mlflow_api.identifiers import run_key
from apps.projects.authentication import token_access
from apps.registry.borrowing import reader_of_files
from apps.teams.access import Access


def upload_artifact(access: Access, request: HttpRequest, artifact_path: str) -> bytes:
    """PUT mlflow-artifacts/artifacts/<path>."""
    address = meant_address(artifact_path, request)
    _store(access, request, address.owner, address.path)
    return responses.EMPTY


def download_artifact(access: Access, request: HttpRequest, artifact_path: str) -> HttpResponseBase:
    """GET mlflow-artifacts/artifacts/<path>."""
    address = meant_address(artifact_path, request)
    return _file(access, request, address.owner, address.path)


def get_artifact(access: Access, request: HttpRequest) -> HttpResponseBase:
    """GET /get-artifact?run_id=&path=."""
    owner = OwnerRef(run_key(_parameter(request, "run_id", "run_uuid")))
    return _file(access, request, owner, _parameter(request, "path"))


def upload_artifact_by_query(access: Access, request: HttpRequest) -> bytes:
    """POST upload-artifact?run_uuid=&path=."""
    owner = OwnerRef(run_key(_parameter(request, "run_uuid", "run_id")))
    _store(access, request, owner, _parameter(request, "path"))
    return responses.EMPTY


def current_rights(access: Access, request: HttpRequest) -> Renew:
    """How to resolve the caller's rights afresh when an upload has taken its time."""
    team, project = access.team.slug, access.project.slug
    return partial(token_access, request, team_slug=team, project_slug=project, fresh=True)


def _file(access: Access, request: HttpRequest, owner: OwnerRef, path: str) -> HttpResponseBase:
    services.settle_uploads(access, owner)
    reader = reader_of_files(access, owner)
    return file_response(request, reader, find_artifact(reader, owner, path))


def _store(access: Access, request: HttpRequest, owner: OwnerRef, path: str) -> None:
    chunks, length = body_chunks(request)
    renew = current_rights(access, request)
    services.store_artifact(access, owner=owner, path=path, chunks=chunks, length=length, renew=renew)


def _parameter(request: HttpRequest, *names: str) -> str:
    for name in names:
        if value := request.GET.get(name):
            return value
    raise InvalidInput("missing_parameter", f"Request must specify {names[0]}.", field=names[0])
