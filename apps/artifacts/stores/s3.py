"""Bytes in a bucket of any server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.http import content_disposition_header

from apps.artifacts.stores.port import CHUNK_BYTES, ObjectMissing, Part, PartsRefused, not_direct
from apps.common.errors import StorageUnavailable

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

# What one upload holds in memory. Grows where a file would need more than S3's 10,000 parts.
PART_BYTES = 8 * 1024 * 1024
MAX_PARTS = 10_000
_ABSENT = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}
_BAD_PARTS = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"}


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to reach the server.

    Attributes:
        bucket: holds everything.
        prefix: stands before every key; empty, or ends with a slash.
        endpoint_url: empty for AWS itself.
        region: as the server has it.
        access_key: empty to let boto3 find credentials, as from the machine's role.
        secret_key: belongs to access_key.
        public_endpoint_url: where clients reach the same server; empty when they do not, and bytes go through us.
    """

    bucket: str
    prefix: str = ""
    endpoint_url: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""
    public_endpoint_url: str = ""


class S3Store:
    """An object an object. Large ones are sent as multipart uploads, which S3 shows only when they are complete."""

    def __init__(self, **options: str) -> None:
        self._options = S3Options(**options)
        self._client = _client(self._options, self._options.endpoint_url)
        # Signing is computed here and asks nobody: an own client, since the signature covers the name of the host.
        public = self._options.public_endpoint_url
        self._public_client = _client(self._options, public) if public else None
        self.is_direct = self._public_client is not None

    def ping(self) -> None:
        """See ArtifactStore."""
        try:
            with _failures():
                self._client.head_bucket(Bucket=self._options.bucket)
        except ObjectMissing as exc:
            raise StorageUnavailable("no_bucket", "The artifact store has no such bucket.") from exc

    def put(self, key: str, chunks: Iterable[bytes], *, length: int) -> None:
        """See ArtifactStore."""
        part_bytes = max(PART_BYTES, -(-length // MAX_PARTS))
        parts = _regrouped(chunks, part_bytes)
        if length <= part_bytes:
            body = next(parts)
            with _failures():
                self._client.put_object(**self._object(key), Body=body)  # type: ignore[arg-type]
            return
        multipart_id = self.begin_multipart(key)
        try:
            sent = [(number, self._put_part(key, multipart_id, number, part)) for number, part in enumerate(parts, 1)]
            self.complete_multipart(key, multipart_id, sent)
        except BaseException:
            with suppress(StorageUnavailable):
                self.abort_multipart(key, multipart_id)
            raise

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> S3Chunks:
        """See ArtifactStore."""
        wanted: dict[str, Any] = {}
        if length == 0:
            return S3Chunks(None)
        if start or length is not None:
            end = "" if length is None else start + length - 1
            wanted["Range"] = f"bytes={start}-{end}"
        with _failures():
            return S3Chunks(self._client.get_object(**self._object(key), **wanted)["Body"])

    def head(self, key: str) -> int | None:
        """See ArtifactStore."""
        try:
            with _failures():
                return int(self._client.head_object(**self._object(key))["ContentLength"])
        except ObjectMissing:
            return None

    def copy(self, source: str, target: str) -> None:
        """See ArtifactStore."""
        with _failures():
            self._client.copy_object(**self._object(target), CopySource=self._object(source))

    def delete(self, key: str) -> None:
        """See ArtifactStore."""
        with suppress(ObjectMissing), _failures():
            self._client.delete_object(**self._object(key))

    def discard(self, key: str) -> None:
        """See ArtifactStore."""
        self.delete(key)
        target = self._object(key)
        with suppress(ObjectMissing), _failures():
            begun = self._client.list_multipart_uploads(Bucket=target["Bucket"], Prefix=target["Key"])
            for upload in begun.get("Uploads", []):
                if upload["Key"] == target["Key"]:
                    self.abort_multipart(key, upload["UploadId"])

    def begin_multipart(self, key: str) -> str:
        """See ArtifactStore."""
        with _failures():
            return self._client.create_multipart_upload(**self._object(key))["UploadId"]

    def put_part(self, key: str, multipart_id: str, number: int, chunks: Iterable[bytes], *, length: int) -> Part:
        """See ArtifactStore. Signing needs all of the part before it is sent: what is over 8 MiB waits on disk."""
        with SpooledTemporaryFile(max_size=PART_BYTES) as spool:
            for chunk in chunks:
                spool.write(chunk)
            spool.seek(0)
            return Part(number, self._put_part(key, multipart_id, number, spool), length)

    def parts(self, key: str, multipart_id: str) -> list[Part]:
        """See ArtifactStore."""
        found: list[Part] = []
        try:
            with _failures():
                pages = self._client.get_paginator("list_parts").paginate(**self._object(key), UploadId=multipart_id)
                for page in pages:
                    listed = page.get("Parts", [])
                    found += [Part(part["PartNumber"], part["ETag"].strip('"'), part["Size"]) for part in listed]
        except ObjectMissing:
            return []
        return found

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """See ArtifactStore."""
        if not parts:
            raise PartsRefused("An object is made of one part at least.")
        named = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        with _failures():
            self._client.complete_multipart_upload(
                **self._object(key),
                UploadId=multipart_id,
                MultipartUpload={"Parts": named},  # type: ignore[typeddict-item]
            )

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """See ArtifactStore."""
        with suppress(ObjectMissing), _failures():
            self._client.abort_multipart_upload(**self._object(key), UploadId=multipart_id)

    def presign_get(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str:
        """See ArtifactStore."""
        disposition = content_disposition_header(as_attachment=True, filename=file_name) or "attachment"
        shown_as = {"ResponseContentDisposition": disposition, "ResponseContentType": media_type}
        return self._presigned("get_object", "Presigned download", seconds, {**self._object(key), **shown_as})

    def presign_put(self, key: str, *, seconds: int) -> str:
        """See ArtifactStore."""
        return self._presigned("put_object", "Presigned upload", seconds, {**self._object(key)})

    def presign_part(self, key: str, multipart_id: str, number: int, *, seconds: int, length: int | None = None) -> str:
        """See ArtifactStore. The length is signed with the rest."""
        part: dict[str, Any] = {"UploadId": multipart_id, "PartNumber": number}
        if length is not None:
            part["ContentLength"] = length
        return self._presigned("upload_part", "Presigned upload", seconds, {**self._object(key), **part})

    def _presigned(self, method: str, what: str, seconds: int, parameters: dict[str, Any]) -> str:
        if self._public_client is None:
            raise not_direct(what)
        return self._public_client.generate_presigned_url(method, Params=parameters, ExpiresIn=seconds)

    def _put_part(self, key: str, multipart_id: str, number: int, body: bytearray | IO[bytes]) -> str:
        numbered: dict[str, Any] = {"UploadId": multipart_id, "PartNumber": number}
        with _failures():
            # A bytearray is sent as it lies there; bytes would be copied behind the request's head. The stubs lack it.
            sent = self._client.upload_part(**self._object(key), **numbered, Body=body)  # type: ignore[arg-type]
        return sent["ETag"].strip('"')

    def _object(self, key: str) -> Any:
        return {"Bucket": self._options.bucket, "Key": self._options.prefix + key}


class S3Chunks:
    """The body of an answer, read as it is asked for."""

    def __init__(self, body: StreamingBody | None) -> None:
        self._body = body

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._body is None:
            raise StopIteration
        with _failures():
            chunk = self._body.read(CHUNK_BYTES)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Close the connection, or give it back when everything was read."""
        if self._body is not None:
            self._body.close()
            self._body = None


def _client(options: S3Options, endpoint_url: str) -> S3Client:
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 4, "mode": "standard"},
        max_pool_connections=64,
        # Not every server knows S3's newer checksums; ours is SHA-256, in the row.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint_url else "auto"},
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url or None,
        region_name=options.region,
        aws_access_key_id=options.access_key or None,
        aws_secret_access_key=options.secret_key or None,
        config=config,
    )


@contextmanager
def _failures() -> Iterator[None]:
    """Errors of the server as the port has them."""
    try:
        yield
    except ClientError as exc:
        code = str(exc.response.get("Error", {}).get("Code", ""))
        if code in _ABSENT:
            raise ObjectMissing from None
        if code in _BAD_PARTS:
            raise PartsRefused(f"The store refuses the parts: {code}.") from None
        raise StorageUnavailable("store_failed", "The artifact store does not answer: try again.") from exc
    except (BotoCoreError, OSError) as exc:
        raise StorageUnavailable("store_failed", "The artifact store does not answer: try again.") from exc


def _regrouped(chunks: Iterable[bytes], size: int) -> Iterator[bytearray]:
    """The same bytes in pieces of `size`, the last one maybe shorter; nothing is one empty piece."""
    piece = bytearray()
    for chunk in chunks:
        rest = memoryview(chunk)
        while len(rest) > (room := size - len(piece)):
            piece += rest[:room]
            rest = rest[room:]
            yield piece
            piece = bytearray()
        piece += rest
    yield piece
