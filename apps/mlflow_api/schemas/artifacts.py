"""Requests about artifacts."""

from __future__ import annotations

from apps.mlflow_api.checks import int_like, required, string
from apps.mlflow_api.parsing import RequestSchema
from apps.mlflow_api.schemas.fields import Int64, Message

MAX_PARTS_BYTES = 8_000_000


class ListArtifacts(Message):
    """artifacts/list."""

    run_id: str = ""
    run_uuid: str = ""
    path: str = ""
    page_token: str = ""


class ListProxied(Message):
    """mlflow-artifacts/artifacts."""

    path: str = ""


class CreateMultipart(Message):
    """mlflow-artifacts/mpu/create; `path` is that of the file at the client, of which the name counts."""

    path: str = ""
    num_parts: Int64 = 1


class MultipartPart(Message, gc=False):
    """A part as the client sent it; the url is of no interest."""

    part_number: Int64
    etag: str = ""
    url: str = ""


class CompleteMultipart(Message):
    """mlflow-artifacts/mpu/complete."""

    path: str = ""
    upload_id: str = ""
    parts: list[MultipartPart] = []


class AbortMultipart(Message):
    """mlflow-artifacts/mpu/abort."""

    path: str = ""
    upload_id: str = ""


class Presign(Message):
    """artifacts/presigned-upload-url and presigned-download-url; expiration in seconds."""

    run_id: str = ""
    model_id: str = ""
    path: str = ""
    expiration: Int64 | None = None


_FILE = {"path": (required, string)}

LIST_ARTIFACTS = RequestSchema(
    ListArtifacts, {"run_id": (string, required), "path": (string,), "page_token": (string,)}
)
LIST_PROXIED = RequestSchema(ListProxied, {"path": (string,)})
CREATE_MULTIPART = RequestSchema(CreateMultipart, {**_FILE, "num_parts": (int_like,)})
COMPLETE_MULTIPART = RequestSchema(
    CompleteMultipart, {**_FILE, "upload_id": (required, string), "parts": (required,)}, max_bytes=MAX_PARTS_BYTES
)
ABORT_MULTIPART = RequestSchema(AbortMultipart, {**_FILE, "upload_id": (required, string)})
PRESIGN = RequestSchema(Presign, {"run_id": (string,), "model_id": (string,), **_FILE, "expiration": (int_like,)})
