"""Where people go on: pages, as refusals name them."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from apps.teams.access import Access


def version_address(access: Access, name: str, number: int) -> str:
    """Of the page on which approval is asked for."""
    return _whole(access, "model-version", name, number) + "#promote"


def approvals_address(access: Access, name: str) -> str:
    """Of the page with the rules and requests of a model."""
    return _whole(access, "model-approvals", name)


def _whole(access: Access, page: str, *args: object) -> str:
    path = reverse(page, args=[access.team.slug, access.project.slug, *args])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
