"""The second wall: PostgreSQL shows a transaction only the rows of the projects that are bound to it."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.common.postgresql import OnPostgreSQL

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


class ProtectRows(OnPostgreSQL):
    """Forces row-level security on the table of a ProjectOwned model. Nothing on SQLite, which has no such thing."""

    def __init__(self, model_name: str) -> None:
        super().__init__(_ENABLE, _DISABLE)
        self.model_name = model_name

    def describe(self) -> str:
        """What `migrate` prints."""
        return f"Force row-level security on {self.model_name}"

    def filled(self, sql: str, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> str:
        """The statements for the model's table."""
        table = schema_editor.quote_name(state.apps.get_model(app_label, self.model_name)._meta.db_table)
        return sql.format(table=table, policy=POLICY, setting=SETTING)
