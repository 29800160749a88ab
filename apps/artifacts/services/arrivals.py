"""Files that have arrived and are not visible yet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from apps.artifacts.owners import OwnerRef


@dataclass(frozen=True, slots=True)
class Content:
    """What was written. `head` are its first bytes, as far as its media type needs them."""

    sha256: str
    size_bytes: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes that are to become a file of a run: in the store by now, or few enough to be kept in their row."""

    owner: OwnerRef
    path: str
    blob_id: uuid.UUID
    content: Content
    uploaded_by_id: int | None
    # The upload that ends with it, if it took several requests.
    upload_id: uuid.UUID | None = None
    # The bytes, where they are to be kept in the row of the blob, which is still to be made.
    inline: bytes | None = None
