"""The usual case of a write, in one statement.

A run's life is a handful of small writes, and what they cost is mostly waiting and planning: a transaction of five
statements is five round trips and five plans. On PostgreSQL each is one call of a function that keeps its plans
(migration runs.0005), checks for itself what it relies on (the run is active, the caller's rights are those of the
Access), and is a transaction. Whatever these do not settle, be it an error or a param that is there already, is left to
the transaction that can look closer, and say why; so is everything on SQLite, which has no round trips to save.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from apps.projects.rls import SETTING
from apps.runs.models import Run
from apps.runs.services import statements
from apps.runs.services.rules import Pairs
from apps.teams.access import Access

_CREATE_RUN = "SELECT runs_create_run(%s, %s, %s, %s, %s::text[], %s::text[], %s, %s, %s, %s, %s)"
_LOG_PARAMS = "SELECT runs_log_params(%s, %s, %s, %s, %s::text[], %s::text[])"
_SET_TAGS = "SELECT runs_set_tags(%s, %s, %s, %s, %s::text[], %s::text[], %s)"
_UPDATE_RUN = f"""
SELECT set_config('{SETTING}', %s, true);
UPDATE runs_run AS r SET revision = revision + 1{{assignments}}
WHERE r.id = %s AND r.project_id = %s AND r.lifecycle = 'active'
AND EXISTS (SELECT 1 FROM teams_team WHERE id = %s AND access_epoch = %s)
RETURNING {statements.RETURNING}
"""  # noqa: S608


def create_run(access: Access, run: Run, experiment_number: int, tags: Pairs) -> bool:
    """Store a new run and its tags; False, and nothing stored, if the experiment is not there or not active."""
    columns = experiment_number, run.name, run.user_name, run.created_by_id, run.start_time_ms
    return _settle(access, _CREATE_RUN, run.id, tags, columns)


def log_params(access: Access, run_id: uuid.UUID, params: Pairs) -> bool:
    """Store params of an active run; False if not all of them were new, or there is no such run."""
    return _settle(access, _LOG_PARAMS, run_id, params)


def set_tags(access: Access, run_id: uuid.UUID, tags: Pairs, new_name: str | None) -> bool:
    """Set tags of an active run, and its name if one is given; False if there is no such run."""
    return _settle(access, _SET_TAGS, run_id, tags, [new_name])


def update_run(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any]) -> Run | None:
    """Change an active run; None if there is no such run."""
    if not _is_possible():
        return None
    sql = _UPDATE_RUN.format(assignments="".join(f", {column} = %s" for column in changes))
    project_id, team = access.project.id, access.team
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(project_id), *changes.values(), run_id, project_id, team.id, team.epoch])
        row = cursor.fetchone()
    if row is None:
        return None
    statements.changed(access)
    return statements.returned_run(access, run_id, row)


def _settle(access: Access, sql: str, run_id: uuid.UUID, pairs: Pairs, more: Sequence[Any] = ()) -> bool:
    if not _is_possible():
        return False
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    with connection.cursor() as cursor:
        cursor.execute(sql, [access.project.id, access.team.id, access.team.epoch, run_id, keys, values, *more])
        is_settled: bool = cursor.fetchone()[0]
    if is_settled:
        statements.changed(access)
    return is_settled


def _is_possible() -> bool:
    """Whether a statement would be a transaction of its own."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block
