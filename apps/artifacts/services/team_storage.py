"""Places of teams' own. Set by the operator alone: an address that a tenant gave would be asked for by this server."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from apps.artifacts.models import TeamStorage
from apps.artifacts.placement import PURPOSE
from apps.artifacts.stores import ArtifactStore, open_store
from apps.audit.actors import ActorKind
from apps.audit.services import record
from apps.common.encryption import encrypt
from apps.common.errors import InvalidInput, PermissionDenied, StorageUnavailable
from apps.common.store_urls import store_of_url
from apps.teams.access import TeamAccess

_PROBE = b"runfold"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a team's bytes are to go.

    Attributes:
        url: `s3://bucket/prefix` or `file:///folder`.
        endpoint_url: of a server that speaks S3; empty for AWS itself.
        public_endpoint_url: where clients reach the same server; empty when they do not.
        region: as the server has it.
        access_key: empty to let boto3 find credentials, as from the machine's role.
        secret_key: belongs to access_key.
    """

    url: str
    endpoint_url: str = ""
    public_endpoint_url: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""


def set_team_storage(access: TeamAccess, *, place: Place) -> TeamStorage:
    """Have a team's new bytes go to a place of its own; what is stored already stays where it is, and is read there.

    The same place again replaces its credentials, also for what lies there, and encrypts them under today's SECRET_KEY.

    Args:
        access: the operator's.
        place: tried out first, by an object that is written, read and deleted.

    Raises:
        PermissionDenied: it is not the operator who asks.
        InvalidInput: the place is none, or does not keep what is written there.
        StorageUnavailable: it does not answer, or refuses the credentials.
    """
    _require_operator(access)
    _try_out(_opened(place), f"teams/{access.team.uuid}/probe-{uuid.uuid4()}")
    columns = {
        "is_current": True,
        "public_endpoint_url": place.public_endpoint_url,
        "region": place.region,
        "access_key": place.access_key,
        "secret_key": encrypt(place.secret_key, purpose=PURPOSE) if place.secret_key else "",
    }
    with transaction.atomic():
        _leave_current(access)
        storage, _ = TeamStorage.objects.update_or_create(
            team_id=access.team.id, url=place.url, endpoint_url=place.endpoint_url, defaults=columns
        )
        _record(access, "team-storage.set", after={"url": place.url, "endpoint_url": place.endpoint_url})
    return storage


def unset_team_storage(access: TeamAccess) -> None:
    """Have a team's new bytes go to the installation's own place again; what is stored stays where it is.

    Raises:
        PermissionDenied: it is not the operator who asks.
    """
    _require_operator(access)
    with transaction.atomic():
        if _leave_current(access):
            _record(access, "team-storage.unset", after=None)


def _require_operator(access: TeamAccess) -> None:
    if access.actor.kind is not ActorKind.OPERATOR:
        raise PermissionDenied("operator_only", "Only the operator of this installation says where a team's bytes go.")


def _opened(place: Place) -> ArtifactStore:
    s3 = {
        "endpoint_url": place.endpoint_url,
        "public_endpoint_url": place.public_endpoint_url,
        "region": place.region,
        "access_key": place.access_key,
        "secret_key": place.secret_key,
    }
    try:
        return open_store(store_of_url(place.url, fsync=True, s3=s3))
    except ValueError as exc:
        raise InvalidInput("invalid_storage", f"This is no place for artifacts: {exc}.", field="url") from exc


def _try_out(store: ArtifactStore, key: str) -> None:
    try:
        store.put(key, [_PROBE], length=len(_PROBE))
        chunks = store.get(key)
        try:
            found = b"".join(chunks)
        finally:
            chunks.close()
        store.delete(key)
        is_left = store.head(key) is not None
    except StorageUnavailable as exc:
        raise StorageUnavailable("storage_refused", f"The place cannot be used: {exc.__cause__ or exc}") from exc
    if found != _PROBE or is_left:
        raise InvalidInput("storage_forgets", "The place does not give back, or does not delete, what was written.")


def _leave_current(access: TeamAccess) -> int:
    return TeamStorage.objects.filter(team_id=access.team.id, is_current=True).update(is_current=False)


def _record(access: TeamAccess, action: str, *, after: dict[str, str] | None) -> None:
    record(
        team_id=access.team.id,
        actor=access.actor,
        action=action,
        object_kind="team",
        object_id=access.team.id,
        object_label=access.team.slug,
        after=after,
    )
