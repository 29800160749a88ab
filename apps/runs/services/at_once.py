"""The usual case of a write, in one message to the database.

A run's life is a handful of small writes, and what they cost is mostly waiting: a transaction of five statements is
five round trips. Here every statement checks for itself what it relies on (the run is active, the caller's rights are
those of the Access), so that PostgreSQL can take them as one message, which is one transaction. Whatever they do not
settle, be it an error or a param that is there already, is left to the transaction that can look closer, and say why.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from apps.projects.rls import SETTING
from apps.projects.tenancy import bound
from apps.runs.models import VALUE_HEAD_LENGTH, Run
from apps.runs.services import statements
from apps.runs.services.rules import Pairs
from apps.teams.access import Access

_BIND = f"SELECT set_config('{SETTING}', %s, true)"
_CURRENT = "EXISTS (SELECT 1 FROM teams_team WHERE id = %s AND access_epoch = %s)"
_IN_PROJECT = "r.id = %s AND r.project_id = %s"
_ACTIVE = f"{_IN_PROJECT} AND r.lifecycle = 'active' AND {_CURRENT}"
_PAIR = "(%s, %s, %s)"

_NEW_RUN = f"""
INSERT INTO runs_run ({", ".join(statements.INSERTED_COLUMNS)})
SELECT {{values}} FROM experiments_experiment e
WHERE e.project_id = %s AND e.number = %s AND e.lifecycle = 'active' AND {_CURRENT}
"""  # noqa: S608
_TOUCH = f"UPDATE runs_run AS r SET revision = revision + 1{{assignments}} WHERE {_ACTIVE}"  # noqa: S608
_INSERT = """
INSERT INTO {table} (project_id, run_id, experiment_id, key, value, value_head)
SELECT r.project_id, r.id, r.experiment_id, v.column1, v.column2, v.column3
FROM runs_run r, (VALUES {pairs}) AS v
WHERE {condition}
ON CONFLICT {conflict}
"""
# With the run locked, no other writer can come between this look and the insertion.
_ACTIVE_UNCHANGED = f"""{_ACTIVE} AND NOT EXISTS (
    SELECT 1 FROM runs_param p, (VALUES {{pairs}}) AS w
    WHERE p.project_id = %s AND p.run_id = %s AND p.key = w.column1 AND p.value <> w.column2
)"""  # noqa: S608


class _Statement(NamedTuple):
    sql: str
    values: Sequence[Any]


def create_run(access: Access, run: Run, experiment_number: int, tags: Pairs) -> bool:
    """Store a new run and its tags; False, and nothing stored, if the experiment is not there or not active."""
    values = statements.inserted_values(run)
    # The experiment's key is known to the database alone.
    selected = ", ".join("e.id" if name == "experiment_id" else "%s" for name in values)
    given = [value for name, value in values.items() if name != "experiment_id"]
    insert = _Statement(
        _NEW_RUN.format(values=selected), [*given, access.project.id, experiment_number, *_epoch(access)]
    )
    # Whether the run may be made was decided by its own insertion: its tags must not be decided on again.
    its_tags = _insert_tags(tags, _IN_PROJECT, _key(access, run.id))
    return _run(access, [insert, its_tags]).row_count == len(tags)


def update_run(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any]) -> Run | None:
    """Change an active run; None if there is no such run."""
    touch = _touch(access, run_id, changes)
    done = _run(access, [_Statement(f"{touch.sql} RETURNING {statements.RETURNING}", touch.values)], has_row=True)
    return statements.returned_run(access, run_id, done.row) if done.row else None


def log_params(access: Access, run_id: uuid.UUID, params: Pairs) -> bool:
    """Store params of an active run; False if not all of them were new, or there is no such run."""
    pairs = ", ".join([_PAIR] * len(params))
    values = _pair_values(params)
    insert = _Statement(
        _INSERT.format(
            table="runs_param",
            pairs=pairs,
            condition=_ACTIVE_UNCHANGED.format(pairs=pairs),
            conflict="(project_id, run_id, key) DO NOTHING",
        ),
        [*values, *_active(access, run_id), *values, access.project.id, statements.uuid_value(run_id)],
    )
    return _run(access, [_touch(access, run_id, {}), insert]).row_count == len(params)


def set_tags(access: Access, run_id: uuid.UUID, tags: Pairs, changes: Mapping[str, Any]) -> bool:
    """Set tags of an active run, and the columns in `changes`; False if there is no such run."""
    insert = _insert_tags(tags, _ACTIVE, _active(access, run_id))
    return _run(access, [_touch(access, run_id, changes), insert]).row_count == len(tags)


class _Outcome(NamedTuple):
    row_count: int
    row: tuple[Any, ...] | None


def _run(access: Access, script: Sequence[_Statement], *, has_row: bool = False) -> _Outcome:
    """Execute statements in one transaction; what the last one did."""
    if connection.in_atomic_block:
        with bound(access):
            outcome = _one_by_one(script, has_row=has_row)
    elif connection.vendor == "postgresql":
        bind = _Statement(_BIND, [str(access.project.id)])
        whole = [bind, *script]
        message = _Statement("; ".join(each.sql for each in whole), [value for each in whole for value in each.values])
        outcome = _one_by_one([message], has_row=has_row)
    else:
        with transaction.atomic():
            outcome = _one_by_one(script, has_row=has_row)
    if outcome.row_count:
        statements.changed(access)
    return outcome


def _one_by_one(script: Sequence[_Statement], *, has_row: bool) -> _Outcome:
    with connection.cursor() as cursor:
        for statement in script:
            cursor.execute(statement.sql, statement.values)
        row = cursor.fetchone() if has_row else None
        return _Outcome(cursor.rowcount if row is None else 1, row)


def _touch(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any]) -> _Statement:
    assignments = "".join(f", {column} = %s" for column in changes)
    return _Statement(_TOUCH.format(assignments=assignments), [*changes.values(), *_active(access, run_id)])


def _insert_tags(tags: Pairs, condition: str, values: Sequence[Any]) -> _Statement:
    sql = _INSERT.format(
        table="runs_runtag",
        pairs=", ".join([_PAIR] * len(tags)),
        condition=condition,
        conflict=statements.REPLACE_VALUE,
    )
    return _Statement(sql, [*_pair_values(tags), *values])


def _pair_values(pairs: Pairs) -> list[str]:
    return [text for key, value in pairs for text in (key, value, value[:VALUE_HEAD_LENGTH])]


def _key(access: Access, run_id: uuid.UUID) -> tuple[Any, ...]:
    return statements.uuid_value(run_id), access.project.id


def _active(access: Access, run_id: uuid.UUID) -> tuple[Any, ...]:
    return *_key(access, run_id), *_epoch(access)


def _epoch(access: Access) -> tuple[int, int]:
    return access.team.id, access.team.epoch
