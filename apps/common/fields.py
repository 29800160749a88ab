"""Text columns that compare the same way on every database."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class _CodePointOrder:
    """Compares and sorts by code point: PostgreSQL's "C" collation, which is what SQLite does by default."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)  # type: ignore[misc]
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class KeyField(_CodePointOrder, models.CharField):  # type: ignore[type-arg]
    """A short text that users choose and queries compare."""


class ValueField(_CodePointOrder, models.TextField):  # type: ignore[type-arg]
    """A long text that users choose and queries compare."""
