"""Operator commands: one service underneath, one JSON object on standard output, refusals as one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import DomainError

_LIFE = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class JsonCommand(BaseCommand):
    """Subclasses define `run(**options)`, which returns what is to be printed."""

    requires_migrations_checks = False
    run: Callable[..., dict[str, Any]]

    def handle(self, *_: Any, **options: Any) -> None:
        """Run, print, and turn a refusal into exit status 1 with a message that says what to do."""
        try:
            result = self.run(**options)
        except DomainError as exc:
            raise CommandError(f"{exc.message} [{exc.code}]") from exc
        self.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())


def life(text: str) -> timedelta:
    """A duration as operators write it: 30d, 12h, 15m."""
    match = _LIFE.fullmatch(text)
    if match is None:
        raise CommandError(f"{text!r} is no duration: write 30d, 12h or 15m.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
