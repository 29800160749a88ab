"""What production refuses to start with. Each refusal says which variable, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

# What examples, tutorials and half-filled forms hold instead of a secret.
PLACEHOLDERS = ("change", "example", "placeholder", "replace", "insecure", "password", "your-", "your_", "secret")
SECRET_KEY_BITS = 128
TOKEN_BITS = 96
PASSWORD_BITS = 64
LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})
HOW_TO_MAKE_ONE = "make one with `openssl rand -base64 48 | tr -d '+/='`"


def secret(name: str, *, bits: int) -> str:
    """The secret in the variable `name`.

    Raises:
        ImproperlyConfigured: it is absent, or too easily guessed.
    """
    return strong(name, env.text(name, ""), bits=bits)


def strong(what: str, value: str, *, bits: int) -> str:
    """`value`, if it may be a secret: long and varied enough, and no placeholder. It is never shown."""
    if not value:
        raise ImproperlyConfigured(f"{what} is not set: {HOW_TO_MAKE_ONE}.")
    if found := next((word for word in PLACEHOLDERS if word in value.lower()), None):
        raise ImproperlyConfigured(f"{what} looks like an example, as it holds {found!r}: {HOW_TO_MAKE_ONE}.")
    # An upper bound: what characters drawn at random from those that occur could carry.
    if len(value) * math.log2(len(set(value))) < bits:
        raise ImproperlyConfigured(f"{what} is too short or too uniform to be a secret: {HOW_TO_MAKE_ONE}.")
    return value


def hosts() -> list[str]:
    """RUNFOLD_ALLOWED_HOSTS, each a name: a wildcard for all would let anybody's page speak for this server."""
    found = env.words("RUNFOLD_ALLOWED_HOSTS")
    if not found or "*" in found:
        raise ImproperlyConfigured(
            "Set RUNFOLD_ALLOWED_HOSTS to the host names that people use, separated by commas; * is not one."
        )
    return found


def public_url() -> str:
    """RUNFOLD_PUBLIC_URL, https unless RUNFOLD_ALLOW_HTTP says that plain HTTP is meant."""
    url = env.text("RUNFOLD_PUBLIC_URL")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"RUNFOLD_PUBLIC_URL={url!r}: write https://host, as people reach this server.")
    if parts.scheme == "http" and not env.boolean("RUNFOLD_ALLOW_HTTP", default=False):
        raise ImproperlyConfigured(
            f"RUNFOLD_PUBLIC_URL={url!r}: over plain HTTP tokens and sessions can be read on the way. Use https://, "
            "or set RUNFOLD_ALLOW_HTTP=1 for a network that nobody else is on."
        )
    return url


def database() -> dict[str, Any]:
    """The DATABASES entry from RUNFOLD_DATABASE_URL: PostgreSQL with a password, or SQLite where that is meant."""
    entry = env.database("RUNFOLD_DATABASE_URL", default="")
    if entry["ENGINE"] == "django.db.backends.sqlite3":
        if not env.boolean("RUNFOLD_ALLOW_SQLITE", default=False):
            raise ImproperlyConfigured(
                "RUNFOLD_DATABASE_URL names SQLite, which has one writer and no row-level security. Use "
                "postgresql://user:password@host/name, or set RUNFOLD_ALLOW_SQLITE=1 for a small server of one team."
            )
        return entry
    # Local connections and certificates are authenticated by PostgreSQL itself.
    is_known_otherwise = entry["HOST"] in LOOPBACK or {"sslcert", "passfile", "service"} & entry["OPTIONS"].keys()
    if entry["PASSWORD"] or not is_known_otherwise:
        strong("The password in RUNFOLD_DATABASE_URL", entry["PASSWORD"], bits=PASSWORD_BITS)
    return entry


def broker_url() -> str:
    """RUNFOLD_BROKER_URL, whose password is a secret where it has one."""
    url = env.text("RUNFOLD_BROKER_URL")
    if password := urlsplit(url).password:
        strong("The password in RUNFOLD_BROKER_URL", unquote(password), bits=PASSWORD_BITS)
    return url


def check_store(store: Mapping[str, Any]) -> None:
    """Refuse an S3 store without credentials, unless the machine itself has them."""
    options = store["OPTIONS"]
    if "bucket" not in options:
        return
    if not options["access_key"] and not options["secret_key"]:
        if not env.boolean("RUNFOLD_S3_MACHINE_CREDENTIALS", default=False):
            raise ImproperlyConfigured(
                "Set RUNFOLD_S3_ACCESS_KEY and RUNFOLD_S3_SECRET_KEY, or RUNFOLD_S3_MACHINE_CREDENTIALS=1 where "
                "the machine's own role may use the bucket."
            )
        return
    if not options["access_key"]:
        raise ImproperlyConfigured("RUNFOLD_S3_SECRET_KEY is set and RUNFOLD_S3_ACCESS_KEY is not.")
    strong("RUNFOLD_S3_SECRET_KEY", options["secret_key"], bits=PASSWORD_BITS)


def switched_off(names: Sequence[str]) -> None:
    """Refuse switches that are for a laptop."""
    for name in names:
        if env.boolean(name, default=False):
            raise ImproperlyConfigured(f"{name} is for development: it shows secrets to whoever causes an error.")
