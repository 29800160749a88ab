"""The forms of files, folders and uploads."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.artifacts.details import EntryDetails
from apps.artifacts.models import Upload
from apps.artifacts.queries import Usage
from apps.artifacts.services import Outcome
from apps.artifacts.stores import Part
from apps.common.api.serializers import Input, PageQuery, Refusal, Shape, Text
from apps.teams.api.serializers import WHEN

MAX_FILES_A_BATCH = 1_000
MAX_ADDRESSES = 1_000
MAX_OBJECT_BYTES = 5 * 1024**4
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UPLOAD_ID = "0199a3f2c1d07c2e8f4b5a6d7e8f9013"


class Sha256(serializers.RegexField):
    """A SHA-256 in hex."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[0-9a-fA-F]{64}\Z", **options)


class FileShape(Shape):
    """A file of a run."""

    path = serializers.CharField(help_text="Below the root of the run.")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="In hex; the ETag of its content.")
    media_type = serializers.CharField()
    created_at = serializers.DateTimeField()

    example = {
        "path": "model/weights.bin",
        "size_bytes": 104_857_600,
        "sha256": SHA256,
        "media_type": "application/octet-stream",
        "created_at": WHEN,
    }


class EntryShape(Shape):
    """A file or a folder of a run."""

    path = serializers.CharField(help_text="Below the root of the run.")
    kind = serializers.ChoiceField(choices=["file", "folder"])
    size_bytes = serializers.IntegerField(help_text="Of a folder: of all files below it.")
    file_count = serializers.IntegerField(help_text="Of a folder: all files below it; 1 of a file.")
    sha256 = serializers.CharField(allow_null=True, help_text="In hex; null of a folder.")
    media_type = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)

    example = FileShape.example | {"kind": "file", "file_count": 1}


class FolderQuery(PageQuery):
    """Which folder of a run."""

    path = Text(default="", allow_blank=True, max_length=2_048, help_text="Empty for the root.")


class FileQuery(Input):
    """What is said of the bytes that are sent."""

    sha256 = Sha256(required=False, help_text="To be compared; the header X-Content-SHA256 says the same.")


class BatchFile(Shape):
    """A file of a batch."""

    path = serializers.CharField()
    content = serializers.CharField(help_text="In base64; in msgpack, binary as it is.")
    sha256 = serializers.CharField(required=False, help_text="In hex, to be compared.")

    example = {"path": "plots/loss.txt", "content": "MC41IDAuNCAwLjM="}


class Batch(Shape):
    """Files to store together."""

    files = BatchFile(many=True)

    example = {"files": [BatchFile.example]}


class OutcomeShape(Shape):
    """What became of a file of a batch: `file` or `error` is null."""

    path = serializers.CharField(help_text="As it was sent.")
    file = FileShape(allow_null=True)
    error = Refusal(allow_null=True)

    example = {"path": FileShape.example["path"], "file": FileShape.example, "error": None}


class OutcomesShape(Shape):
    """What became of each file of a batch, in the order in which they were sent."""

    items = OutcomeShape(many=True)

    example = {"items": [OutcomeShape.example]}


class PartShape(Shape):
    """A part that has arrived."""

    number = serializers.IntegerField(help_text="The first has 1.")
    etag = serializers.CharField()
    size_bytes = serializers.IntegerField()

    example = {"number": 1, "etag": SHA256, "size_bytes": 8_388_608}


class UploadShape(Shape):
    """A file that arrives in parts, and that nobody sees before it is complete."""

    upload_id = serializers.CharField(help_text="32 hex digits.")
    path = serializers.CharField()
    size_bytes = serializers.IntegerField(allow_null=True, help_text="Of the whole file, as it was announced.")
    sha256 = serializers.CharField(allow_null=True, help_text="Likewise.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="When it is given up, unless a part arrives.")
    is_direct = serializers.BooleanField(help_text="Parts may be sent straight to the store: see its part-addresses.")

    example = {
        "upload_id": UPLOAD_ID,
        "path": "model/weights.bin",
        "size_bytes": 104_857_600,
        "sha256": SHA256,
        "created_at": WHEN,
        "expires_at": WHEN,
        "is_direct": False,
    }


class UploadDetailShape(UploadShape):
    """An upload, and the parts that have arrived whole: what is missing is to be sent, also after an interruption."""

    parts = PartShape(many=True)

    example = UploadShape.example | {"parts": [PartShape.example]}


class NewUpload(Input):
    """A file to come."""

    path = Text(max_length=2_048)
    size_bytes = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_OBJECT_BYTES, help_text="Refused at once if there is no room."
    )
    sha256 = Sha256(required=False, help_text="Of the whole file, to be compared in the end.")

    example = {"path": "model/weights.bin", "size_bytes": 104_857_600, "sha256": SHA256}


class PartToSend(Input):
    """A part that is to be sent straight to the store."""

    number = serializers.IntegerField(min_value=1, max_value=10_000)
    size_bytes = serializers.IntegerField(
        min_value=0, max_value=5 * 1024**3, help_text="The address takes so many bytes, no more and no fewer."
    )

    example = {"number": 1, "size_bytes": 8_388_608}


class PartsToSend(Input):
    """Parts that are to be sent straight to the store."""

    parts = serializers.ListField(child=PartToSend(), min_length=1, max_length=MAX_ADDRESSES)

    example = {"parts": [PartToSend.example]}


class PartAddress(Shape):
    """Where to PUT a part, without any credential."""

    number = serializers.IntegerField()
    url = serializers.CharField()

    example = {"number": 1, "url": "https://s3.example.org/bucket/key?X-Amz-Signature=..."}


class PartAddresses(Shape):
    """Where to PUT parts."""

    items = PartAddress(many=True)
    expires_in_seconds = serializers.IntegerField()

    example = {"items": [PartAddress.example], "expires_in_seconds": 300}


class NamedPart(Input):
    """A part, as the answer to it said."""

    number = serializers.IntegerField(min_value=1, max_value=10_000)
    etag = Text(max_length=256)

    example = {"number": 1, "etag": SHA256}


class Completion(Input):
    """Which parts make the file; all that have arrived, unless they are named."""

    parts = serializers.ListField(child=NamedPart(), required=False, max_length=10_000)
    sha256 = Sha256(required=False, help_text="Of the whole file, to be compared.")

    example = {"sha256": SHA256}


class CompletionJob(Shape):
    """The job that checks and completes an upload; the file is there when it has succeeded."""

    job_id = serializers.CharField(help_text="32 hex digits: one of the project's jobs.")
    state = serializers.CharField()

    example = {"job_id": UPLOAD_ID, "state": "queued"}


class UsageShape(Shape):
    """Files, and their bytes."""

    file_count = serializers.IntegerField()
    file_bytes = serializers.IntegerField(help_text="Of all files, each counted.")

    example = {"file_count": 12, "file_bytes": 209_715_200}


class ProjectUsageShape(UsageShape):
    """The same for a project, and what is kept of it."""

    stored_bytes = serializers.IntegerField(help_text="The same bytes count once. What limits are about.")
    limit_bytes = serializers.IntegerField(allow_null=True, help_text="Of stored_bytes; null where there is none.")

    example = UsageShape.example | {"stored_bytes": 104_857_600, "limit_bytes": None}


def file_json(details: EntryDetails) -> dict[str, Any]:
    """A file by itself."""
    return {name: getattr(details, name) for name in FileShape.example}


def entry_json(details: EntryDetails) -> dict[str, Any]:
    """A file or folder of a list."""
    return file_json(details) | {
        "kind": "folder" if details.is_folder else "file",
        "file_count": details.file_count,
    }


def outcome_json(outcome: Outcome, file: dict[str, Any] | None) -> dict[str, Any]:
    """What became of a file of a batch."""
    refusal = outcome.refusal
    error = refusal and {"code": refusal.code, "message": refusal.message, "field": refusal.field}
    return {"path": outcome.path, "file": file, "error": error}


def part_json(part: Part) -> dict[str, Any]:
    """A part that has arrived."""
    return {"number": part.number, "etag": part.etag, "size_bytes": part.size_bytes}


def upload_json(upload: Upload, *, is_direct: bool) -> dict[str, Any]:
    """An upload whose blob is loaded."""
    return {
        "upload_id": upload.pk.hex,
        "path": upload.path,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
        "created_at": upload.created_at,
        "expires_at": upload.blob.expires_at,
        "is_direct": is_direct,
    }


def usage_json(usage: Usage) -> dict[str, Any]:
    """Files of a run or an experiment."""
    return {"file_count": usage.file_count, "file_bytes": usage.file_bytes}
