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

    @property
    def user_id(self) -> int | None:
        """The key of the user who acts; None for anybody else."""
        return self.id if self.kind is ActorKind.USER else None

    @property
    def service_account_id(self) -> int | None:
        """The key of the service account that acts; None for anybody else."""
        return self.id if self.kind is ActorKind.SERVICE_ACCOUNT else None


SYSTEM = Actor(ActorKind.SYSTEM, None, "system")
