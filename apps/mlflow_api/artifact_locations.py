"""What MLflow refuses as the artifact location of an experiment."""

from __future__ import annotations

from urllib.parse import urlparse

from apps.common.errors import InvalidInput

MAX_LENGTH = 2_048


def check_artifact_location(location: str) -> None:
    """Refuse a location that MLflow would refuse; an empty one is none.

    Raises:
        InvalidInput: the location.
    """
    reason = _fault(location)
    if reason:
        raise InvalidInput("invalid_artifact_location", reason, field="artifact_location")


def _fault(location: str) -> str:
    try:
        parts = urlparse(location)
    except ValueError:
        return f"Artifact location is not a URI. Given: '{location[:MAX_LENGTH]}'"
    if parts.fragment or parts.params:
        return "'artifact_location' URL can't include fragments or params."
    if ".." in parts.query:
        return "Invalid query string: it may not contain '..'."
    if location.startswith("runs:"):
        return f"Artifact location cannot be a runs:/ URI. Given: '{location}'"
    if len(location) > MAX_LENGTH:
        return (
            "Invalid artifact path length. The length of the artifact path cannot be greater than"
            f" {MAX_LENGTH} characters."
        )
    return ""
