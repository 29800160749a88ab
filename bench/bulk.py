"""Write and count rows directly in a product's database: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg2

from bench.products import Database

_CHUNK = 5_000


def write(database: Database, columns: Mapping[str, str], rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    """Insert rows in one transaction; `columns` names the columns of each table."""
    if database.server is None:
        _write_sqlite(database, columns, rows)
        return
    with closing(psycopg2.connect(_superuser_url(database))) as connection, connection, connection.cursor() as cursor:
        for table, lines in rows.items():
            text = io.StringIO("".join("\t".join(map(_copied, line)) + "\n" for line in lines))
            cursor.copy_expert(f"COPY {table} ({columns[table]}) FROM STDIN", text)


def ask(database: Database, query: str) -> Any:
    """Return the first column of the first row; None when there is no row."""
    if database.server is None:
        with closing(sqlite3.connect(database.path, timeout=60)) as lite:
            row = lite.execute(query).fetchone()
    else:
        with closing(psycopg2.connect(_superuser_url(database))) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
    return row[0] if row else None


def tidy(database: Database) -> None:
    """Leave the database as housekeeping would in time: statistics and visibility up to date.

    Neither product does so by itself on SQLite; without it a search of MLflow's had not answered after ten minutes.
    """
    if database.server is not None:
        _maintain(database, "VACUUM ANALYZE")
        return
    with closing(sqlite3.connect(database.path, timeout=60)) as connection, connection:
        connection.execute("ANALYZE")


def stored_bytes(database: Database, tables: Sequence[str], copy: Path) -> int:
    """Return the size of the tables with their indexes, without dead rows; of the whole file on SQLite."""
    if database.server is None:
        with closing(sqlite3.connect(database.path, timeout=60)) as lite:
            lite.execute("VACUUM INTO ?", [str(copy)])
        size = copy.stat().st_size
        copy.unlink()
        return size
    for table in tables:
        _maintain(database, f"VACUUM FULL {table}")
    total = " + ".join(f"pg_total_relation_size('{table}')" for table in tables)
    return int(ask(database, f"SELECT {total}"))


def chunks(items: Iterable[Any], size: int = _CHUNK) -> Iterator[list[Any]]:
    """Yield the items in lists of `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _superuser_url(database: Database) -> str:
    """A role that row-level security does not bind: COPY refuses the others."""
    if database.server is None:
        raise ValueError(f"{database.name} is not on PostgreSQL")
    return database.server.url(database.name, role="postgres")


def _maintain(database: Database, statement: str) -> None:
    with closing(psycopg2.connect(_superuser_url(database))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _write_sqlite(database: Database, columns: Mapping[str, str], rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    with closing(sqlite3.connect(database.path, timeout=60)) as connection, connection:
        for table, lines in rows.items():
            if lines:
                marks = ", ".join("?" * len(lines[0]))
                connection.executemany(f"INSERT INTO {table} ({columns[table]}) VALUES ({marks})", lines)


def _copied(value: Any) -> str:
    if value is None:
        return r"\N"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
