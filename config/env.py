"""Read settings from the environment and refuse what is not understood."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable `name`; ImproperlyConfigured when it is absent and has no default."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def boolean(name: str, *, default: bool) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off, anything else is refused."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: write one of 1, 0, true, false, yes, no, on, off.")


def integer(name: str, *, default: int, minimum: int = 0) -> int:
    """A whole number of at least `minimum`."""
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from exc
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={value!r}: the least is {minimum}.")
    return number


def choice(name: str, options: Sequence[str], *, default: str) -> str:
    """One of `options`."""
    value = os.environ.get(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r}: write one of {', '.join(options)}.")
    return value


def words(name: str, *, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list."""
    value = os.environ.get(name)
    if value is None:
        return list(default)
    return [word.strip() for word in value.split(",") if word.strip()]


def database(name: str, *, default: str) -> dict[str, Any]:
    """A Django DATABASES entry from `postgresql://user:password@host:port/name` or `sqlite:///path`."""
    url = os.environ.get(name, default)
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path)[1:])
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "config.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # Transaction pooling (PgBouncer) has no place for a cursor that outlives its transaction.
            "DISABLE_SERVER_SIDE_CURSORS": True,
            # A machine that is gone refuses nothing: without a limit the system waits two minutes for it.
            "OPTIONS": {"connect_timeout": "5", **dict(parse_qsl(parts.query))},
        }
    raise ImproperlyConfigured(f"{name}: write postgresql://user:password@host/name or sqlite:///path, not {url!r}.")


def _sqlite(path: str) -> dict[str, Any]:
    """SQLite as an acknowledged write survives a power cut: WAL with synchronous=FULL.

    RUNFOLD_SQLITE_SYNCHRONOUS=NORMAL trades the last moments before a power cut for 5 to 50 times faster small commits.
    """
    synchronous = choice("RUNFOLD_SQLITE_SYNCHRONOUS", ("FULL", "NORMAL"), default="FULL")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path if path.startswith((":", "file:")) else Path(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-65536;"
                "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
            ),
        },
    }
