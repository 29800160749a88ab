"""What services raise: one small tree that each protocol turns into its own HTTP answers."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A refusal with a machine-readable `code`, a message that tells a person what to do, and the `field` at fault."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class InvalidInput(DomainError):
    """The request can never succeed as it is."""

    status = 400


class Unauthenticated(DomainError):
    """No credential, or one that is not valid (any more)."""

    status = 401

    def __init__(self, code: str = "unauthenticated", message: str = "Sign in, or send a valid token.") -> None:
        super().__init__(code, message)


class PermissionDenied(DomainError):
    """The actor may see the object, and may not do this to it."""

    status = 403


class NotFound(DomainError):
    """Absent, or not the actor's to see: the two are told apart nowhere."""

    status = 404

    def __init__(self, code: str = "not_found", message: str = "Not found.", *, field: str | None = None) -> None:
        super().__init__(code, message, field=field)


class Conflict(DomainError):
    """The state of things refuses it; another value or another moment may succeed."""

    status = 409


class PayloadTooLarge(DomainError):
    """The request is larger than allowed."""

    status = 413


class LimitExceeded(DomainError):
    """A rate or a quota is used up."""

    status = 429


class NotImplementedYet(DomainError):
    """A part of the protocol that this server does not serve."""

    status = 501


class StorageUnavailable(DomainError):
    """A store that we depend on does not answer; nothing was acknowledged."""

    status = 503
