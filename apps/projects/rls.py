"""The second wall: PostgreSQL shows a transaction only the rows of the projects that are bound to it."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

# The custom setting that apps.projects.tenancy sets for one transaction: project ids, separated by commas.
SETTING = "runfold.projects"
POLICY = "project_rows"

# The sub-select is computed once a statement, not once a row, and can drive an index.
_ENABLE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {policy} ON {table} USING (
    project_id = ANY ((SELECT string_to_array(NULLIF(current_setting('{setting}', true), ''), ',')::bigint[])::bigint[])
);
"""
_DISABLE = """
DROP POLICY {policy} ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


class ProtectRows(Operation):
    """Forces row-level security on the table of a ProjectOwned model. Nothing on SQLite, which has no such thing."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django's signature
        to_state: Any,
    ) -> None:
        """Enable, force, and add the policy."""
        self._run(_ENABLE, app_label, schema_editor, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Drop the policy."""
        self._run(_DISABLE, app_label, schema_editor, from_state)

    def describe(self) -> str:
        """What `migrate` prints."""
        return f"Force row-level security on {self.model_name}"

    def _run(self, sql: str, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        table = schema_editor.quote_name(state.apps.get_model(app_label, self.model_name)._meta.db_table)
        schema_editor.execute(sql.format(table=table, policy=POLICY, setting=SETTING))
