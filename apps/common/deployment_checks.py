"""What is probably not meant on a server: `manage.py check --deploy --database default` says so."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's names
from django.db import connections
from django.http.request import validate_host

_BINDS = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"


def broker_has_a_password(**_: Any) -> list[CheckMessage]:
    """Whoever reaches the broker can queue work; a name without dots is one of a private network's own."""
    parts = urlsplit(settings.BROKER_URL)
    host = parts.hostname or ""
    if parts.password or not host or _is_private(host):
        return []
    hint = "redis://:password@host:6379/0, and rediss:// where the network is not yours."
    return [Warning(f"The broker at {host} asks for no password.", hint=hint, id="runfold.W001")]


def public_host_is_allowed(**_: Any) -> list[CheckMessage]:
    """The address that links are made of has to be answered."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    hint = f"Add {host} to RUNFOLD_ALLOWED_HOSTS."
    return [Warning(f"RUNFOLD_PUBLIC_URL names {host}, which is refused.", hint=hint, id="runfold.W002")]


def artifacts_are_shared(**_: Any) -> list[CheckMessage]:
    """A folder is seen by one machine, or must be a file system that all of them share."""
    is_folder = "root" in settings.ARTIFACT_STORE["OPTIONS"]
    if not is_folder or connections["default"].vendor == "sqlite":
        return []
    hint = "Fine on one machine or with a shared file system; else RUNFOLD_ARTIFACT_STORE=s3://bucket/prefix."
    return [Warning("Artifacts are kept in a folder of this machine.", hint=hint, id="runfold.W003")]


def proxy_is_trusted(**_: Any) -> list[CheckMessage]:
    """The web server speaks plain HTTP: behind TLS it takes pages' posts for forged unless it believes the proxy."""
    if not settings.PUBLIC_URL.startswith("https://") or settings.SECURE_PROXY_SSL_HEADER:
        return []
    hint = "Set RUNFOLD_BEHIND_PROXY=1, and see that the proxy sets X-Forwarded-Proto itself."
    return [Warning("People use https, and no proxy is trusted to say so.", hint=hint, id="runfold.W004")]


def row_level_security_binds(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A superuser sees every team's rows, whatever the policies say."""
    if "default" not in (databases or ()) or connections["default"].vendor != "postgresql":
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(_BINDS)
        (binds,) = cursor.fetchone()
    if binds:
        return []
    hint = "Connect as a role that is neither superuser nor BYPASSRLS: see docs/operating.md."
    return [Error("Row-level security does not bind the role of this connection.", hint=hint, id="runfold.E002")]


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
