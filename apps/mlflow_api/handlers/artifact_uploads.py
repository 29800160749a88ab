"""Routes of uploads in parts, and of bytes that bypass this server.

MLflow's clients send each part to the address that they were given. Where clients reach the store that is the store's
own; otherwise it is ours, and the client is told to send there the credential that it has just sent here.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse

from apps.artifacts import services
from apps.artifacts.addresses import ROOT, VERSIONS, Address, parse_address
from apps.artifacts.http.bodies import body_chunks
from apps.artifacts.models import OwnerKind, Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.refusals import upload_not_found
from apps.common.errors import InvalidInput
from apps.common.ids import model_id, parse_hex_id
from apps.mlflow_api import responses
from apps.mlflow_api.artifact_addresses import meant_address
from apps.mlflow_api.handlers.artifact_files import current_rights
from apps.mlflow_api.identifiers import model_key, run_key
from apps.mlflow_api.parsing import parse
from apps.mlflow_api.schemas import artifacts as schemas
from apps.registry.borrowing import reader_of_files
from apps.teams.access import Access


def create_multipart(access: Access, request: HttpRequest, artifact_path: str) -> HttpResponse:
    """POST mlflow-artifacts/mpu/create/<folder>."""
    message = parse(schemas.CREATE_MULTIPART, request)
    services.check_part_number(message.num_parts)
    address = _file_address(artifact_path, message.path)
    upload = services.begin_upload(access, owner=address.owner, path=address.path)
    if services.is_direct(upload):
        wanted = [(number, None) for number in range(1, message.num_parts + 1)]
        addresses = services.part_addresses(access, upload, wanted)
        credentials = [{"url": url, "part_number": number} for number, url in enumerate(addresses, 1)]
    else:
        headers = _own_credential(request)
        credentials = [
            {"url": _part_url(access, request, upload, number), "part_number": number, "headers": headers}
            for number in range(1, message.num_parts + 1)
        ]
    return _unkept({"upload_id": upload.pk.hex, "credentials": credentials})


def put_part(access: Access, request: HttpRequest, upload_id: str, part_number: str) -> HttpResponse:
    """PUT mlflow-artifacts/mpu/part/<upload id>/<number>: ours, and named by the answer to create alone."""
    number = int(part_number) if part_number.isascii() and part_number.isdigit() and len(part_number) < 6 else 0
    chunks, length = body_chunks(request)
    part = services.put_part(access, upload_id=_upload_key(upload_id), number=number, chunks=chunks, length=length)
    return HttpResponse(responses.EMPTY, content_type="application/json", headers={"ETag": f'"{part.etag}"'})


def complete_multipart(access: Access, request: HttpRequest, artifact_path: str) -> bytes:
    """POST mlflow-artifacts/mpu/complete/<folder>."""
    message = parse(schemas.COMPLETE_MULTIPART, request)
    address = _file_address(artifact_path, message.path)
    services.complete_upload(
        access,
        upload_id=_upload_key(message.upload_id),
        parts=[(part.part_number, part.etag.strip('"')) for part in message.parts],
        renew=current_rights(access, request),
        owner=address.owner,
        path=address.path,
    )
    return responses.EMPTY


def abort_multipart(access: Access, message: schemas.AbortMultipart, artifact_path: str) -> bytes:
    """POST mlflow-artifacts/mpu/abort/<folder>."""
    address = _file_address(artifact_path, message.path)
    services.abort_upload(access, upload_id=_upload_key(message.upload_id), owner=address.owner, path=address.path)
    return responses.EMPTY


def presigned_download(access: Access, request: HttpRequest, artifact_path: str) -> HttpResponse:
    """GET mlflow-artifacts/presigned/<path>."""
    address = meant_address(artifact_path, request)
    services.settle_uploads(access, address.owner)
    return _download(access, request, "url", address.owner, address.path)


def create_download_url(access: Access, request: HttpRequest) -> HttpResponse:
    """POST artifacts/presigned-download-url."""
    message = parse(schemas.PRESIGN, request)
    owner = _presigned_owner(message)
    services.settle_uploads(access, owner)
    return _download(access, request, "presigned_url", owner, message.path, seconds=message.expiration)


def create_upload_url(access: Access, message: schemas.Presign) -> bytes:
    """POST artifacts/presigned-upload-url."""
    owner = _presigned_owner(message)
    url = services.presign_upload(access, owner=owner, path=message.path, seconds=message.expiration)
    return responses.encode({"presigned_url": url, "headers": {}})


def _file_address(folder: str, path_at_client: str) -> Address:
    """Of the file's path at the client, the name alone counts, whatever system it is a path of."""
    name = path_at_client.replace("\\", "/").rpartition("/")[2]
    address = parse_address(folder.rstrip("/"))
    return Address(address.owner, f"{address.path}/{name}" if address.path else name)


def _download(
    access: Access, request: HttpRequest, url_field: str, owner: OwnerRef, path: str, *, seconds: int | None = None
) -> HttpResponse:
    """Where to fetch a file. Clients that find this route take no refusal, so that small files, too, have an address."""
    found = services.presign_download(reader_of_files(access, owner), owner=owner, path=path, seconds=seconds)
    url, headers = found.url, {}
    if url is None:
        url, headers = _own_url(access, request, _file_place(owner, path)), _own_credential(request)
    return _unkept({url_field: url, "headers": headers, "file_size": found.size_bytes})


def _file_place(owner: OwnerRef, path: str) -> str:
    """A route of ours that answers with a file."""
    if owner.kind is OwnerKind.RUN:
        return f"get-artifact?{urlencode({'run_id': owner.id.hex, 'path': path})}"
    if owner.kind is OwnerKind.MODEL:
        query = urlencode({"artifact_file_path": path})
        return f"ajax-api/2.0/mlflow/logged-models/{model_id(owner.id)}/artifacts/files?{query}"
    return f"api/2.0/mlflow-artifacts/artifacts/{VERSIONS}/{owner.id.hex}/{ROOT}/{quote(path)}"


def _part_url(access: Access, request: HttpRequest, upload: Upload, number: int) -> str:
    return _own_url(access, request, f"api/2.0/mlflow-artifacts/mpu/part/{upload.pk.hex}/{number}")


def _own_url(access: Access, request: HttpRequest, address: str) -> str:
    return request.build_absolute_uri(f"/{access.team.slug}/{access.project.slug}/{address}")


def _own_credential(request: HttpRequest) -> dict[str, str]:
    """What the client has to send to an address of ours: what it has just sent."""
    return {"Authorization": request.META["HTTP_AUTHORIZATION"]}


def _unkept(answer: dict[str, Any]) -> HttpResponse:
    """An answer that no cache keeps, as there is a credential in it."""
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(responses.encode(answer), content_type="application/json", headers=headers)


def _upload_key(text: str) -> uuid.UUID:
    key = parse_hex_id(text)
    if key is None:
        raise upload_not_found()
    return key


def _presigned_owner(message: schemas.Presign) -> OwnerRef:
    if bool(message.run_id) == bool(message.model_id):
        raise InvalidInput("one_owner", "Exactly one of run_id and model_id must be provided.")
    if message.model_id:
        return OwnerRef(model_key(message.model_id), kind=OwnerKind.MODEL)
    return OwnerRef(run_key(message.run_id))
