"""Points come in through a function: PostgreSQL keeps the plan of its statement, which costs more than its execution.

A prepared statement would do the same, and belongs to a connection: behind a pooler each transaction may have another.
"""

from __future__ import annotations

from django.db import migrations

from apps.common.postgresql import OnPostgreSQL

_CREATE = """
CREATE FUNCTION runs_log_blocks(project bigint, team bigint, epoch bigint, runs uuid[], counts integer[], payloads bytea[])
RETURNS SETOF uuid LANGUAGE plpgsql
-- Left to itself it plans anew each time: it takes arrays for long ones.
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- Row-level security is bound before the statement that it concerns.
    PERFORM set_config('runfold.projects', project::text, true);
    RETURN QUERY
    INSERT INTO runs_metricblock (project_id, experiment_id, run_id, point_count, payload, is_folded)
    SELECT run.project_id, run.experiment_id, run.id, block.point_count, block.payload, false
    FROM unnest(runs, counts, payloads) AS block (run_id, point_count, payload), runs_run run
    WHERE run.id = block.run_id AND run.project_id = project AND run.lifecycle = 'active'
    AND EXISTS (SELECT 1 FROM teams_team WHERE teams_team.id = team AND access_epoch = epoch)
    RETURNING runs_metricblock.run_id;
END $$;
"""
_DROP = "DROP FUNCTION runs_log_blocks(bigint, bigint, bigint, uuid[], integer[], bytea[]);"


class Migration(migrations.Migration):
    """PostgreSQL only."""

    dependencies = [("runs", "0003_value_statistics")]

    operations = [OnPostgreSQL(_CREATE, _DROP)]
