"""Who can do something that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Who can act."""

    USER = "user"
    SERVICE_ACCOUNT = "service-account"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, a service account, the operator at the command line, or the system itself."""

    kind: ActorKind
    id: int | None
    label: str


SYSTEM = Actor(ActorKind.SYSTEM, None, "system")
