"""How often a value occurs depends on its key: tell the planner, or it takes a common pair for a rare one."""

from __future__ import annotations

from django.db import migrations

from apps.common.postgresql import OnPostgreSQL

_CREATE = """
CREATE STATISTICS {name} (mcv) ON key, value_head FROM {table};
ALTER STATISTICS {name} SET STATISTICS 500;
"""


def _statistics(name: str, table: str) -> OnPostgreSQL:
    return OnPostgreSQL(_CREATE.format(name=name, table=table), f"DROP STATISTICS {name};")


class Migration(migrations.Migration):
    """Gathered by ANALYZE, which autovacuum runs."""

    dependencies = [("runs", "0002_row_level_security")]

    operations = [
        _statistics("runs_param_values", "runs_param"),
        _statistics("runs_tag_values", "runs_runtag"),
    ]
