"""The few SQL statements that every write to a run is made of.

A run's life is mostly these, so they are written out: one UPDATE locks the run, proves that it is active and bumps its
revision; one INSERT stores any number of rows. All of them name the project beside the run, on top of row-level security.
Only names from this code base stand in their text; every value is a parameter.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from apps.experiments.models import Experiment, Lifecycle
from apps.runs.metrics.notify import notify_dirty
from apps.runs.models import VALUE_HEAD_LENGTH, Run
from apps.runs.refusals import run_not_active, run_not_found
from apps.teams.access import Access

_RUN_COLUMNS = (
    "experiment_id", "name", "user_name", "created_by_id", "status", "lifecycle", "start_time_ms", "end_time_ms",
    "deleted_at_ms", "revision", "document_revision",
)  # fmt: skip
_INSERTED_COLUMNS = ("id", "project_id", *_RUN_COLUMNS)
# Without the alias of an UPDATE: an unqualified experiment_id is the run's, the experiment has none.
_NUMBER = "(SELECT e.number FROM experiments_experiment e WHERE e.id = experiment_id)"
RETURNING = ", ".join((_NUMBER, *_RUN_COLUMNS))
_REPLACE_VALUE = "(project_id, run_id, key) DO UPDATE SET value = excluded.value, value_head = excluded.value_head"
_KEY_VALUE_COLUMNS = "project_id, run_id, experiment_id, key, value, value_head"


def touch_active_run(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any] | None = None) -> Run:
    """Lock an active run, bump its revision, and set the columns in `changes`; must run in a bound transaction.

    Returns:
        The run as it is now; of its `experiment` only id and number are loaded.

    Raises:
        NotFound: the project has no such run.
        Conflict: `run_not_active`: it is deleted.
    """
    run = _touch(access, run_id, changes or {}, "AND lifecycle = 'active'")
    if run is not None:
        return run
    lifecycle = Run.objects.in_project(access).filter(pk=run_id).values_list("lifecycle", flat=True).first()
    if lifecycle is None:
        raise run_not_found(run_id)
    raise run_not_active(run_id, lifecycle)


def touch_run(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any]) -> Run:
    """The same for a run in any stage of its life.

    Raises:
        NotFound: the project has no such run.
    """
    run = _touch(access, run_id, changes, "")
    if run is None:
        raise run_not_found(run_id)
    return run


def touch_runs_of(access: Access, experiment: Experiment, lifecycle: Lifecycle, deleted_at_ms: int | None) -> None:
    """Delete or restore every run of an experiment; locked in order first, as folding locks them, against deadlock."""
    runs = Run.objects.in_project(access).filter(experiment=experiment).exclude(lifecycle=lifecycle)
    list(runs.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    runs.update(revision=F("revision") + 1, lifecycle=lifecycle, deleted_at_ms=deleted_at_ms)
    changed(access)


def insert_run(access: Access, run: Run) -> None:
    """Store a new run."""
    values = {column: getattr(run, column) for column in _INSERTED_COLUMNS} | {"id": uuid_value(run.id)}
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO runs_run ({', '.join(values)}) VALUES ({places})",  # noqa: S608
            list(values.values()),
        )
    changed(access)


def insert_params(run: Run, pairs: Sequence[tuple[str, str]]) -> int:
    """Store the params whose key the run has not got yet; returns how many those were."""
    return _insert_pairs("runs_param", run, pairs, "DO NOTHING")


def upsert_tags(run: Run, pairs: Sequence[tuple[str, str]]) -> None:
    """Set tags of a run; no key may stand twice among `pairs`."""
    _insert_pairs("runs_runtag", run, pairs, _REPLACE_VALUE)


def changed(access: Access) -> None:
    """Have documents of the project's changed runs rewritten, once the transaction is committed."""
    transaction.on_commit(partial(notify_dirty, access.project.id))


def _touch(access: Access, run_id: uuid.UUID, changes: Mapping[str, Any], condition: str) -> Run | None:
    assignments = "".join(f", {column} = %s" for column in changes)
    sql = (
        f"UPDATE runs_run SET revision = revision + 1{assignments} "  # noqa: S608
        f"WHERE id = %s AND project_id = %s {condition} RETURNING {RETURNING}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*changes.values(), uuid_value(run_id), access.project.id])
        row = cursor.fetchone()
    if row is None:
        return None
    changed(access)
    return returned_run(access, run_id, row)


def returned_run(access: Access, run_id: uuid.UUID, row: Sequence[Any]) -> Run:
    """The run in a row of RETURNING."""
    number, *values = row
    run = Run(id=run_id, project_id=access.project.id, **dict(zip(_RUN_COLUMNS, values, strict=True)))
    run.experiment = Experiment(id=run.experiment_id, project_id=access.project.id, number=number)
    return run


def _insert_pairs(table: str, run: Run, pairs: Sequence[tuple[str, str]], conflict: str) -> int:
    if not pairs:
        return 0
    run_id = uuid_value(run.id)
    values: list[Any] = []
    for key, value in pairs:
        values += (run.project_id, run_id, run.experiment_id, key, value, value[:VALUE_HEAD_LENGTH])
    places = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(pairs))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({_KEY_VALUE_COLUMNS}) VALUES {places} ON CONFLICT {conflict}",  # noqa: S608
            values,
        )
        return int(cursor.rowcount)


def uuid_value(run_id: uuid.UUID) -> uuid.UUID | str:
    """As Django stores a UUIDField on the database at hand."""
    return run_id if connection.features.has_native_uuid_field else run_id.hex
