"""What only PostgreSQL can do, as migrations."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


class OnPostgreSQL(Operation):
    """Runs SQL on PostgreSQL, and nothing elsewhere."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, sql: str, reverse_sql: str) -> None:
        self.sql = sql
        self.reverse_sql = reverse_sql

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django's signature
        to_state: Any,
    ) -> None:
        """Do it."""
        self._run(self.sql, app_label, schema_editor, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Undo it."""
        self._run(self.reverse_sql, app_label, schema_editor, from_state)

    def describe(self) -> str:
        """What `migrate` prints."""
        return f"On PostgreSQL: {self.sql}"

    def filled(self, sql: str, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> str:  # noqa: ARG002
        """The statement to run; for operations whose SQL depends on a model's table."""
        return sql

    def _run(self, sql: str, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(self.filled(sql, app_label, schema_editor, state))
