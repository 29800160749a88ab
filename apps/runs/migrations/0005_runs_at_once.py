"""What a run's life consists of, as functions that keep their plans: a run begins, gets its params, its tags.

Each does all or nothing, checks by itself that the caller's rights are current and the run may be written, and says
whether that settled it. 100 characters of a value are what is indexed (apps.runs.models.VALUE_HEAD_LENGTH).
"""

from __future__ import annotations

from django.db import migrations

from apps.common.postgresql import OnPostgreSQL

_FUNCTION = """
CREATE FUNCTION {name}(project bigint, team bigint, epoch bigint, run uuid, keys text[], vals text[]{arguments})
RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    experiment bigint;
    stored bigint;
BEGIN
    PERFORM set_config('runfold.projects', project::text, true);
    {begin};
    IF experiment IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO {table} (project_id, run_id, experiment_id, key, value, value_head)
    SELECT project, run, experiment, pair.key, pair.value, left(pair.value, {head})
    FROM unnest(keys, vals) AS pair (key, value){condition}
    ON CONFLICT (project_id, run_id, key) {conflict};
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored = cardinality(keys);
END $$;
"""
_CURRENT = "EXISTS (SELECT 1 FROM teams_team WHERE teams_team.id = team AND access_epoch = epoch)"
_CREATE = f"""
INSERT INTO runs_run (id, project_id, experiment_id, name, user_name, created_by_id, status, lifecycle, start_time_ms,
                      revision, document_revision)
    SELECT run, project, e.id, run_name, author, creator, 'RUNNING', 'active', started_at_ms, 1, 0
    FROM experiments_experiment e
    WHERE e.project_id = project AND e.number = experiment_number AND e.lifecycle = 'active' AND {_CURRENT}
    RETURNING experiment_id INTO experiment
"""  # noqa: S608
_TOUCH = f"""
UPDATE runs_run AS r SET revision = revision + 1{{changes}}
    WHERE r.id = run AND r.project_id = project AND r.lifecycle = 'active' AND {_CURRENT}
    RETURNING experiment_id INTO experiment
"""  # noqa: S608
# With the run locked, no other writer can come between this look and the insertion.
_UNCHANGED = """
    WHERE NOT EXISTS (
        SELECT 1 FROM runs_param p, unnest(keys, vals) AS given (key, value)
        WHERE p.project_id = project AND p.run_id = run AND p.key = given.key AND p.value <> given.value
    )"""
_REPLACE = "DO UPDATE SET value = excluded.value, value_head = excluded.value_head"
_TYPES = "bigint, bigint, bigint, uuid, text[], text[]"


def _function(
    name: str, arguments: str, *, types: str, begin: str, table: str, condition: str = "", conflict: str
) -> OnPostgreSQL:
    sql = _FUNCTION.format(
        name=name,
        arguments=arguments,
        begin=begin.strip(),
        table=table,
        head=100,
        condition=condition,
        conflict=conflict,
    )
    return OnPostgreSQL(sql, f"DROP FUNCTION {name}({_TYPES}{types});")


class Migration(migrations.Migration):
    """PostgreSQL only."""

    dependencies = [("runs", "0004_log_blocks")]

    operations = [
        _function(
            "runs_create_run",
            ", experiment_number bigint, run_name text, author text, creator bigint, started_at_ms bigint",
            types=", bigint, text, text, bigint, bigint",
            begin=_CREATE,
            table="runs_runtag",
            conflict=_REPLACE,
        ),
        _function(
            "runs_log_params",
            "",
            types="",
            begin=_TOUCH.format(changes=""),
            table="runs_param",
            condition=_UNCHANGED,
            conflict="DO NOTHING",
        ),
        _function(
            "runs_set_tags",
            ", new_name text",
            types=", text",
            begin=_TOUCH.format(changes=", name = COALESCE(new_name, name)"),
            table="runs_runtag",
            conflict=_REPLACE,
        ),
    ]
