"""Transactions in the name of an Access: row-level security bound, rights known to be current."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from apps.projects.rls import SETTING
from apps.teams.access import Access, StaleAccess

_EPOCH = "SELECT access_epoch FROM teams_team WHERE id = %s"
_BIND = f"SELECT set_config('{SETTING}', %s, true), ({_EPOCH})"
# One row in any case: a row that is not there and an epoch that has passed are told apart.
_WITH_EPOCH = f"""
SELECT ({_EPOCH}), found.* FROM (SELECT 1 AS here) one
LEFT JOIN (SELECT 1 AS is_found, wanted.* FROM ({{sql}}) wanted LIMIT 1) found ON true
"""  # noqa: S608 - names of this code base; every value is a parameter
# Starting parallel workers or compiling costs more than the short reads of a request take (measured: 20 ms of 45).
_SNAPSHOT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; "
)


@dataclass(frozen=True, slots=True)
class _Binding:
    projects: frozenset[int]
    readonly: bool


# SQLite has one writer at a time. Who finds it taken sleeps, longer each time, however soon it is free: threads of one
# process wait for each other here instead, where the next one wakes at once.
_sqlite_writes = threading.Lock()

_binding: ContextVar[_Binding | None] = ContextVar("tenant_binding", default=None)


@contextmanager
def bound(*accesses: Access, readonly: bool = False) -> Iterator[None]:
    """A transaction that sees the rows of the given projects alone; re-entrant at no cost for the same projects.

    On PostgreSQL the first statement binds row-level security and reads the team's access epoch. With `readonly` all
    statements see one snapshot, so that a read of several tables is consistent while workers rewrite them.

    Args:
        accesses: one or more, all of one team unless `readonly`.
        readonly: nothing will be written.

    Raises:
        StaleAccess: somebody's rights in the team changed after the Access was made.
    """
    projects = frozenset(access.project.id for access in accesses)
    current = _binding.get()
    if current is not None and connection.in_atomic_block:
        if not projects <= current.projects or (current.readonly and not readonly):
            raise RuntimeError("This transaction is bound to other projects, or is read-only.")
        yield
        return
    with _transaction(readonly=readonly):
        _bind(accesses, projects, readonly=readonly)
        token = _binding.set(_Binding(projects, readonly))
        try:
            yield
        finally:
            _binding.reset(token)


def read_row(access: Access, sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of one SELECT that `bound` would allow, or None, in one round trip where `bound` takes five.

    Args:
        access: whose project's rows the statement sees on PostgreSQL; it names the project itself all the same.
        sql: a SELECT whose columns have names of their own.
        values: its parameters.

    Raises:
        StaleAccess: as `bound`.
    """
    if connection.in_atomic_block:
        with bound(access, readonly=True), connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()  # type: ignore[no-any-return]
    bind, whom = "", []
    if connection.vendor == "postgresql":
        bind, whom = f"SELECT set_config('{SETTING}', %s, true); ", [str(access.project.id)]
    with connection.cursor() as cursor:
        cursor.execute(f"{bind}{_WITH_EPOCH.format(sql=sql)}", [*whom, access.team.id, *values])
        epoch, is_found, *row = cursor.fetchone()
    if epoch != access.team.epoch:
        raise StaleAccess
    return tuple(row) if is_found else None


@contextmanager
def bound_to_projects(project_ids: list[int], *, readonly: bool = False) -> Iterator[None]:
    """The same for the system's own work on rows (workers, commands), which acts in nobody's name."""
    with _transaction(readonly=readonly):
        _set_projects(frozenset(project_ids), readonly=readonly)
        token = _binding.set(_Binding(frozenset(project_ids), readonly))
        try:
            yield
        finally:
            _binding.reset(token)


@contextmanager
def _transaction(*, readonly: bool) -> Iterator[None]:
    """An atomic block; on SQLite a read must not take the write lock that IMMEDIATE asks for."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    if not readonly:
        with ExitStack() as turn:
            turn.enter_context(_sqlite_writes)
            with transaction.atomic():
                # Nobody has to wait for what follows the commit, which may write again.
                transaction.on_commit(turn.close)
                yield
        return
    # Connecting sets the mode from the settings.
    connection.ensure_connection()
    mode = connection.transaction_mode  # type: ignore[attr-defined]
    block = transaction.atomic()
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        block.__enter__()
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]
    try:
        yield
    except BaseException as exc:
        block.__exit__(type(exc), exc, exc.__traceback__)
        raise
    else:
        block.__exit__(None, None, None)


def _bind(accesses: tuple[Access, ...], projects: frozenset[int], *, readonly: bool) -> None:
    team = accesses[0].team
    if connection.vendor == "postgresql":
        epoch = _set_projects(projects, readonly=readonly, team_id=team.id)
    else:
        epoch = _read_epoch(team.id)
    if epoch != team.epoch or any(
        _read_epoch(other.id) != other.epoch for other in {a.team for a in accesses} if other.id != team.id
    ):
        raise StaleAccess


def _set_projects(projects: frozenset[int], *, readonly: bool, team_id: int = 0) -> int | None:
    if connection.vendor != "postgresql":
        return None
    # A snapshot can be asked for only by a transaction's first statement; within a test's it is not.
    outermost = len(connection.savepoint_ids) == 0
    with connection.cursor() as cursor:
        cursor.execute(
            (_SNAPSHOT if readonly and outermost else "") + _BIND, [",".join(map(str, sorted(projects))), team_id]
        )
        return cursor.fetchone()[1]  # type: ignore[no-any-return]


def _read_epoch(team_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_EPOCH, [team_id])
        row = cursor.fetchone()
    return row[0] if row else None
