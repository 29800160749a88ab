"""In which store the bytes of a blob lie: the installation's, or one of its team's own."""

from __future__ import annotations

from functools import lru_cache

from apps.artifacts.models import Blob, TeamStorage
from apps.artifacts.stores import ArtifactStore, artifact_store, open_store
from apps.common.encryption import Undecryptable, decrypt
from apps.common.errors import StorageUnavailable
from apps.common.store_urls import store_of_url

PURPOSE = "team-storage"
# A client of S3 takes some megabytes.
_MOST_STORES = 64


def store_of(blob: Blob) -> ArtifactStore:
    """The store of a blob. No statement where the installation's own is meant, or `storage` is loaded.

    Raises:
        StorageUnavailable: the credentials of the team's own cannot be decrypted.
    """
    return artifact_store() if blob.storage_id is None else store_at(blob.storage)


def store_at(storage: TeamStorage | None) -> ArtifactStore:
    """The store at a team's own place, one a process as long as it stays as it is; the installation's for None.

    Raises:
        StorageUnavailable: its credentials cannot be decrypted.
    """
    if storage is None:
        return artifact_store()
    return _opened(
        storage.url,
        storage.endpoint_url,
        storage.public_endpoint_url,
        storage.region,
        storage.access_key,
        storage.secret_key,
    )


@lru_cache(maxsize=_MOST_STORES)
def _opened(
    url: str, endpoint_url: str, public_endpoint_url: str, region: str, access_key: str, encrypted: str
) -> ArtifactStore:
    try:
        secret_key = decrypt(encrypted, purpose=PURPOSE) if encrypted else ""
    except Undecryptable as exc:
        raise StorageUnavailable(
            "storage_secret", "The team's artifact store cannot be opened: tell the operator."
        ) from exc
    s3 = {
        "endpoint_url": endpoint_url,
        "public_endpoint_url": public_endpoint_url,
        "region": region,
        "access_key": access_key,
        "secret_key": secret_key,
    }
    return open_store(store_of_url(url, fsync=True, s3=s3))
