"""Payloads as PostgreSQL holds them. An ordinary SELECT spells bytea in hex: 23 ms against 4 ms for a million points.

The format is that of COPY: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
"""

from __future__ import annotations

import io
import struct
import uuid
from typing import Any

from django.db import connection
from django.db.models import QuerySet

_HEADER_BYTES = 19
_COLUMNS = struct.Struct(">h")
# A row of a uuid and a bytea: two columns, the uuid's length and bytes, the payload's length.
_ROW = struct.Struct(">hi16si")


def copy_payloads(rows: QuerySet[Any], column: str = "payload") -> dict[uuid.UUID, list[bytes]]:
    """`run_id` and a binary column of rows that have them, by run, in the order of the rows; PostgreSQL alone."""
    sql, params = rows.values_list("run_id", column).query.sql_with_params()
    received = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        statement = cursor.mogrify(f"COPY ({sql}) TO STDOUT (FORMAT binary)", params)
        cursor.copy_expert(statement.decode(), received)
    view, at = received.getbuffer(), _HEADER_BYTES
    found: dict[bytes, list[bytes]] = {}
    while _COLUMNS.unpack_from(view, at)[0] > 0:
        _, _, run_id, length = _ROW.unpack_from(view, at)
        at += _ROW.size
        found.setdefault(run_id, []).append(bytes(view[at : at + length]))
        at += length
    return {uuid.UUID(bytes=run_id): payloads for run_id, payloads in found.items()}
