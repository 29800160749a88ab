"""What a request costs the machine: CPU time of process trees, and the database's own counts."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

_TICK = os.sysconf("SC_CLK_TCK")
_IDLE_SHARE = 0.06
_IDLE_WINDOW_SECONDS = 0.5
_SETTLE_SECONDS = 60.0


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return user and system time so far of the processes and their descendants, ended ones included."""
    ticks = 0
    for pid in {one for root in pids for one in tree(root)}:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICK


@dataclass(frozen=True, slots=True)
class Footprint:
    """What processes hold at a moment: together, where what they share counts once, and each in residence."""

    proportional_bytes: int
    resident_bytes: dict[int, int]


def footprint(pid: int) -> Footprint:
    """Return what a process and its descendants hold now, and have the kernel measure their peaks from now on."""
    proportional, resident = 0, {}
    for one in tree(pid):
        with suppress(OSError):
            proportional += _memory(one, "smaps_rollup", "Pss")
            resident[one] = _memory(one, "status", "VmRSS")
            Path(f"/proc/{one}/clear_refs").write_text("5")
    return Footprint(proportional, resident)


def peak_bytes(pid: int, before: Footprint) -> int:
    """Return what they held before, and by how much each of them grew at most: no less than the peak of all together."""
    grown = 0
    for one in tree(pid):
        with suppress(OSError):
            grown += max(0, _memory(one, "status", "VmHWM") - before.resident_bytes.get(one, 0))
    return before.proportional_bytes + grown


def _memory(pid: int, file: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def settle(pids: Sequence[int]) -> None:
    """Wait until the processes have finished what they do in the background, a minute at most."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        before = cpu_seconds(pids)
        time.sleep(_IDLE_WINDOW_SECONDS)
        is_idle = cpu_seconds(pids) - before <= _IDLE_SHARE * _IDLE_WINDOW_SECONDS
        quiet = quiet + 1 if is_idle else 0


@dataclass(frozen=True, slots=True)
class Statements:
    """PostgreSQL's counts for one database: statements, their execution time, and bytes of write-ahead log."""

    calls: float = 0.0
    exec_ms: float = 0.0
    wal_bytes: float = 0.0

    def __sub__(self, other: Statements) -> Statements:
        return Statements(self.calls - other.calls, self.exec_ms - other.exec_ms, self.wal_bytes - other.wal_bytes)


def statements(admin_url: str | None, database: str) -> Statements | None:
    """Return the counts so far from pg_stat_statements; None without PostgreSQL."""
    if admin_url is None:
        return None
    query = """
        SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0), coalesce(sum(wal_bytes), 0)
        FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s
    """
    connection = psycopg2.connect(admin_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, [database])
            calls, exec_ms, wal_bytes = cursor.fetchone() or (0, 0, 0)
    finally:
        connection.close()
    return Statements(float(calls), float(exec_ms), float(wal_bytes))
