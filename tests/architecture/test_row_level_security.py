"""The second wall, asked of PostgreSQL itself: what it shows to raw SQL, whatever Python forgot."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.projects.models import Project
from apps.projects.rls import POLICY
from apps.projects.tenancy import bound, bound_to_projects
from apps.teams.access import Access
from tests.architecture.rows import make_row, project_owned_models
from tests.factories.cast import make_cast
from tests.servers.plugin import database_kind

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database_kind() != "postgres", reason="SQLite has no row-level security"),
]

# Tables with a project_id that are read before it is known who may see what.
WITHOUT_POLICY = {
    "jobs_jobschedule": "keys and a moment: says which projects the sweeper has to bind",
    "jobs_jobticket": "keys and moments: says which project a worker has to bind",
    "projects_projectgrant": "says whether the project may be bound at all",
    "teams_apitoken": "says who asks, and for which project",
}


@pytest.fixture
def filled() -> tuple[Access, Access]:
    """A row of every table in each of two teams' projects."""
    cast = make_cast()
    accesses = (cast.owner.access(), cast.stranger.access())
    for access in accesses:
        with bound(access):
            for model in project_owned_models():
                make_row(model, access)
    return accesses


def query(sql: str, *parameters: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def tables() -> list[str]:
    return sorted(model._meta.db_table for model in project_owned_models())


def visible() -> dict[str, set[object]]:
    """The projects whose rows raw SQL sees now, by table."""
    return {table: {row[0] for row in query(f'SELECT project_id FROM "{table}"')} for table in tables()}


def test_every_table_with_a_project_has_a_forced_policy() -> None:
    catalog = query(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %s AND p.polcmd = '*')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'project_id' AND NOT a.attisdropped)
        """,
        POLICY,
    )
    unprotected = {str(table) for table, is_protected in catalog if not is_protected}
    assert len(catalog) > len(WITHOUT_POLICY)
    assert not unprotected - WITHOUT_POLICY.keys(), (
        f"Add ProtectRows to the migration that makes the table: {sorted(unprotected - WITHOUT_POLICY.keys())}"
    )
    assert not WITHOUT_POLICY.keys() - unprotected, f"Stale, remove: {sorted(WITHOUT_POLICY.keys() - unprotected)}"


def test_every_project_owned_model_is_in_the_catalog_as_protected() -> None:
    found = {row[0] for row in query("SELECT tablename FROM pg_policies WHERE policyname = %s", POLICY)}
    assert found == set(tables())


def test_the_application_connects_as_a_role_that_the_policies_bind() -> None:
    assert query("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]


def test_with_nothing_bound_raw_sql_sees_no_row_at_all(filled: tuple[Access, Access]) -> None:
    assert visible() == {key: set() for key in tables()}


@pytest.mark.parametrize("who", [0, 1])
def test_with_a_project_bound_raw_sql_sees_its_rows_alone(filled: tuple[Access, Access], who: int) -> None:
    with bound(filled[who]):
        seen = visible()
    assert seen == {key: {filled[who].project.id} for key in tables()}


def test_a_binding_ends_with_its_transaction(filled: tuple[Access, Access]) -> None:
    with bound(filled[0]):
        pass
    assert visible() == {key: set() for key in tables()}
    with pytest.raises(RuntimeError, match="undone"), bound(filled[0]):
        raise RuntimeError("undone")
    assert visible() == {key: set() for key in tables()}


def test_rows_cannot_be_written_into_or_moved_to_another_project(filled: tuple[Access, Access]) -> None:
    mine, theirs = filled
    for table in tables():
        with pytest.raises(DatabaseError, match="row-level security"), bound(mine):
            query(f'UPDATE "{table}" SET project_id = %s RETURNING 1', theirs.project.id)


def test_other_projects_rows_can_be_neither_changed_nor_deleted(filled: tuple[Access, Access]) -> None:
    mine, theirs = filled
    with bound(mine):
        for table in tables():
            sql = f'DELETE FROM "{table}" WHERE project_id = %s RETURNING 1'
            assert query(sql, theirs.project.id) == [], table


def test_a_nonsense_binding_shows_nothing_or_fails(filled: tuple[Access, Access]) -> None:
    for value in ("", "-1", "0", "1 OR true", "*"):
        with transaction.atomic():
            query("SELECT set_config('runfold.projects', %s, true)", value)
            try:
                with transaction.atomic():
                    assert not query("SELECT 1 FROM runs_run"), value
            except DatabaseError:
                continue


def test_the_system_binds_several_projects_at_once(filled: tuple[Access, Access]) -> None:
    both = [access.project.id for access in filled]
    with bound_to_projects(both):
        assert visible() == {key: set(both) for key in tables()}
    assert Project.objects.filter(pk__in=both).count() == 2
