"""Buckets of a test's own on the throw-away S3 server."""

from __future__ import annotations

import uuid
from typing import Any

import boto3

from tests.servers.seaweedfs import S3Server


def new_bucket(server: S3Server) -> dict[str, Any]:
    """Make a bucket; what an S3Store needs to use it."""
    bucket = f"test-{uuid.uuid4().hex[:16]}"
    credentials = {"access_key": server.access_key, "secret_key": server.secret_key}
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    client.create_bucket(Bucket=bucket)
    return {"bucket": bucket, "endpoint_url": server.endpoint_url, **credentials}
