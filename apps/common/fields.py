"""Text columns that compare the same way on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField


class _CodePointOrder:
    """Compares and sorts by code point: PostgreSQL's "C" collation, which is what SQLite does by default."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)  # type: ignore[misc]
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class KeyField(_CodePointOrder, CharField):
    """A short text that users choose and queries compare."""


class ValueField(_CodePointOrder, TextField):
    """A long text that users choose and queries compare."""
