"""LIKE and ILIKE that mean the same on every database.

`%` stands for any text, `_` for one character, and a backslash before either, or before a backslash, makes it
ordinary; any other backslash is itself. LIKE minds case. ILIKE does not for the letters A to Z: beyond them
databases differ, so all other characters are compared as they are.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Value
from django.db.models.sql.compiler import SQLCompiler

Compiled = tuple[str, Any]


class Wildcard(Enum):
    """The two wildcards of a pattern."""

    ANY = "%"
    ONE = "_"


def pattern_parts(pattern: str) -> list[str | Wildcard]:
    """A pattern as ordinary characters and wildcards, in order."""
    parts: list[str | Wildcard] = []
    is_escaped = False
    for character in pattern:
        if is_escaped:
            parts.append(character if character in "%_\\" else "\\" + character)
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        else:
            parts.append(Wildcard(character) if character in "%_" else character)
    return [*parts, "\\"] if is_escaped else parts


def glob(pattern: str) -> str:
    """The pattern for SQLite's GLOB, whose own wildcards are `*`, `?` and `[`."""
    spelt = {Wildcard.ANY: "*", Wildcard.ONE: "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(spelt.get(part, part) if isinstance(part, str) else spelt[part] for part in pattern_parts(pattern))


def escaped(pattern: str) -> str:
    """The pattern with a backslash before everything that is not meant as a wildcard."""
    spelt = {Wildcard.ANY: "%", Wildcard.ONE: "_"}
    return "".join(
        spelt[part]
        if isinstance(part, Wildcard)
        else part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        for part in pattern_parts(pattern)
    )


class Like(Func):
    """`expression LIKE pattern`, minding case. SQLite's own LIKE does not mind it, so GLOB stands in there."""

    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    arity = 2
    output_field = BooleanField()

    def __init__(self, expression: Any, pattern: str) -> None:
        super().__init__(expression, Value(escaped(pattern)))
        self.pattern = pattern

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Compiled:
        """The same as GLOB."""
        globbed = self.copy()
        globbed.set_source_expressions([self.source_expressions[0], Value(glob(self.pattern))])
        return globbed.as_sql(compiler, connection, arg_joiner=" GLOB ", **extra)


class ILike(Func):
    """`expression ILIKE pattern`, for A to Z: SQLite's LIKE is so by itself, the "C" collation makes ILIKE so."""

    template = "(%(expressions)s)"
    arg_joiner = ' COLLATE "C" ILIKE '
    arity = 2
    output_field = BooleanField()

    def __init__(self, expression: Any, pattern: str) -> None:
        super().__init__(expression, Value(escaped(pattern)))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Compiled:
        """The same as LIKE, which has no escape character there unless one is named."""
        template = "(%(expressions)s ESCAPE '\\')"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" LIKE ", **extra)
