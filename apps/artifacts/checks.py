"""What must be so of files before Runfold starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

MAX_PRESIGNED_SECONDS = 300


def presigned_addresses_are_short_lived(**_: Any) -> list[CheckMessage]:
    """An address is a credential that nobody can revoke: whoever has it, may; so it must end soon by itself."""
    if 1 <= settings.PRESIGNED_SECONDS <= MAX_PRESIGNED_SECONDS:
        return []
    message = f"PRESIGNED_SECONDS is {settings.PRESIGNED_SECONDS}: presigned addresses cannot be revoked."
    hint = f"Set RUNFOLD_PRESIGNED_SECONDS to {MAX_PRESIGNED_SECONDS} at most."
    return [Error(message, hint=hint, id="runfold.E011")]
