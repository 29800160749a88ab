"""Measure a load on a product under test: rate, latencies, CPU, statements."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.driver import Load, Requests, drive
from bench.resources import Statements, cpu_seconds, footprint, peak_bytes, settle, statements
from bench.target import Connection, Target

NOW_MS = 1_700_000_000_000
_LEAST_REPEATS, _MOST_REPEATS = 2, 200
_LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run of the bench does."""

    seconds: float
    rounds: int
    search_runs: int
    history_points: int
    storage_points: int


QUICK = Sizes(seconds=2.0, rounds=1, search_runs=10_000, history_points=100_000, storage_points=20_000)
FULL = Sizes(seconds=5.0, rounds=3, search_runs=100_000, history_points=1_000_000, storage_points=200_000)


@dataclass(frozen=True, slots=True)
class Subject:
    """A product that is up: its address, its processes, its database."""

    name: str
    uri: str
    token: str | None
    pids: tuple[int, ...]
    """Its own process, which all others descend from, then the database server's."""
    database: str
    admin_url: str | None
    """A superuser's connection URL to read pg_stat_statements; None on SQLite."""
    search_experiment: str
    history_run: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """One load on one product. CPU and statements include the work done afterwards, in the background."""

    workload: str
    variant: str
    unit: str
    rate: float
    requests: int
    elapsed_seconds: float
    p50_ms: float
    p99_ms: float
    errors: int
    error_sample: str | None
    cpu_ms_per_request: float
    peak_mib: float
    statements_per_request: float | None = None
    database_ms_per_request: float | None = None
    wal_bytes_per_request: float | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the measurement as it stands in a result file."""
        return asdict(self)


class Bench:
    """Loads on one subject; every measurement goes to `measured`."""

    def __init__(self, subject: Subject, sizes: Sizes) -> None:
        self.subject = subject
        self.sizes = sizes
        self.target = Target(subject.uri, subject.token)
        self.connection = Connection(self.target)
        self.measured: list[Measurement] = []
        self._experiment: str | None = None

    def experiment(self) -> str:
        """Return the id of an experiment of this bench's own."""
        if self._experiment is None:
            created = self._post("experiments/create", {"name": f"bench-{uuid.uuid4().hex}"})
            self._experiment = created["experiment_id"]
        return self._experiment

    def new_runs(self, count: int) -> list[str]:
        """Create runs and return their ids."""
        body = {"experiment_id": self.experiment(), "start_time": NOW_MS}
        return [self._post("runs/create", body)["run"]["info"]["run_id"] for _ in range(count)]

    def drive(
        self,
        workload: str,
        variant: str,
        make_requests: Callable[[Sequence[int]], list[Requests]],
        concurrency: int,
        *,
        unit: str = "req/s",
        per_request: float = 1.0,
    ) -> None:
        """Measure concurrent connections for the set time."""
        seconds = self.sizes.seconds
        self._measure(
            workload,
            variant,
            lambda: drive(self.target, make_requests, concurrency, seconds),
            unit=unit,
            per_request=per_request,
        )

    def drive_to_end(
        self,
        workload: str,
        variant: str,
        make_requests: Callable[[Sequence[int]], list[Requests]],
        concurrency: int,
        *,
        unit: str,
        per_request: float,
    ) -> None:
        """Measure concurrent connections until all of them have sent what they have."""
        self._measure(
            workload,
            variant,
            lambda: drive(self.target, make_requests, concurrency, _LONGEST_SECONDS),
            unit=unit,
            per_request=per_request,
        )

    def repeat(
        self,
        workload: str,
        variant: str,
        request: Callable[[], Any],
        *,
        unit: str = "req/s",
        per_request: float = 1.0,
        **more: Any,
    ) -> None:
        """Measure one request after another for the set time: at least twice, at most 200 times, after a first one."""

        def load() -> Load:
            done, began = Load(), time.perf_counter()
            while len(done.latencies) < _LEAST_REPEATS or (
                len(done.latencies) < _MOST_REPEATS and time.perf_counter() - began < self.sizes.seconds
            ):
                sent_at = time.perf_counter()
                request()
                done.latencies.append(time.perf_counter() - sent_at)
            done.elapsed = sum(done.latencies)
            return done

        request()
        self._measure(workload, variant, load, unit=unit, per_request=per_request, **more)

    def _measure(
        self, workload: str, variant: str, load: Callable[[], Load], *, unit: str, per_request: float, **more: Any
    ) -> None:
        settle(self.subject.pids)
        memory_before = footprint(self.subject.pids[0])
        cpu_before, sql_before = cpu_seconds(self.subject.pids), self._statements()
        done = load()
        settle(self.subject.pids)
        cpu, sql_after = cpu_seconds(self.subject.pids) - cpu_before, self._statements()
        count = len(done.latencies)
        latencies = sorted(done.latencies)
        self.measured.append(
            Measurement(
                workload=workload,
                variant=variant,
                unit=unit,
                rate=count * per_request / done.elapsed,
                requests=count,
                elapsed_seconds=round(done.elapsed, 3),
                p50_ms=1000 * statistics.median(latencies),
                p99_ms=1000 * latencies[min(count - 1, int(0.99 * count))],
                errors=done.errors,
                error_sample=done.sample,
                cpu_ms_per_request=1000 * cpu / count,
                peak_mib=peak_bytes(self.subject.pids[0], memory_before) / (1 << 20),
                **_per_request(sql_before, sql_after, count),
                more=more,
            )
        )

    def _statements(self) -> Statements | None:
        return statements(self.subject.admin_url, self.subject.database)

    def _post(self, name: str, body: Any) -> Any:
        return self.connection.call(self.target.post(name, body))


def _per_request(before: Statements | None, after: Statements | None, count: int) -> dict[str, float]:
    if before is None or after is None:
        return {}
    spent = after - before
    return {
        "statements_per_request": spent.calls / count,
        "database_ms_per_request": spent.exec_ms / count,
        "wal_bytes_per_request": spent.wal_bytes / count,
    }
