"""Take turns: every workload on one product, then on the other, as many rounds as asked."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import artifacts, reads, writes
from bench.measuring import Bench, Measurement, Sizes, Subject

WORKLOADS: dict[str, Callable[[Bench], None]] = {
    "log-metric": writes.log_metric,
    "log-batch": writes.log_batch,
    "lifecycle": writes.lifecycle,
    "search": reads.search,
    "history": reads.history,
    "artifacts": artifacts.artifacts,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of one variant: for each product, in the order of the subjects."""

    workload: str
    variant: str
    unit: str
    rates: tuple[float, ...]
    p50_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]
    peak_mib: tuple[float, ...]
    statements: tuple[float | None, ...]
    wal_bytes: tuple[float | None, ...]
    errors: int

    @property
    def ratio(self) -> float | None:
        """The last product's rate against the first's."""
        return self.rates[-1] / self.rates[0] if len(self.rates) > 1 and self.rates[0] else None

    @property
    def cpu_ratio(self) -> float | None:
        """The first product's CPU a request against the last's."""
        return self.cpu_ms[0] / self.cpu_ms[-1] if len(self.cpu_ms) > 1 and self.cpu_ms[-1] else None


def alternate(subjects: Sequence[Subject], sizes: Sizes, workloads: Sequence[str]) -> dict[str, list[Measurement]]:
    """Run the workloads in turns and return each product's measurements by its name."""
    benches = [Bench(subject, sizes) for subject in subjects]
    for name in workloads:
        for turn in range(sizes.rounds):
            for bench in benches:
                sys.stderr.write(f"{name}, round {turn + 1} of {sizes.rounds}: {bench.subject.name}\n")
                WORKLOADS[name](bench)
    return {bench.subject.name: bench.measured for bench in benches}


def table(measured: dict[str, list[Measurement]]) -> list[Row]:
    """Return one row a variant, in the order measured."""
    keys = list(dict.fromkeys((m.workload, m.variant, m.unit) for rows in measured.values() for m in rows))
    return [_row(key, measured) for key in keys]


def _row(key: tuple[str, str, str], measured: dict[str, list[Measurement]]) -> Row:
    workload, variant, unit = key
    each = [[m for m in rows if (m.workload, m.variant, m.unit) == key] for rows in measured.values()]
    return Row(
        workload=workload,
        variant=variant,
        unit=unit,
        rates=tuple(_median([m.rate for m in some]) or 0.0 for some in each),
        p50_ms=tuple(_median([m.p50_ms for m in some]) or 0.0 for some in each),
        cpu_ms=tuple(_median([m.cpu_ms_per_request for m in some]) or 0.0 for some in each),
        peak_mib=tuple(_median([m.peak_mib for m in some]) or 0.0 for some in each),
        statements=tuple(_median([m.statements_per_request for m in some]) for some in each),
        wal_bytes=tuple(_median([m.wal_bytes_per_request for m in some]) for some in each),
        errors=sum(m.errors for some in each for m in some),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def markdown(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return the rows as a Markdown table."""
    pair = " / ".join(names)
    head = ("workload", "variant", "unit", *names, "ratio", f"p50 ms, {pair}", f"CPU ms a request, {pair}", "CPU ratio")
    head += (f"peak MiB, {pair}",)
    head += (f"SQL statements a request, {pair}", f"WAL bytes a request, {pair}", "errors")
    lines = [head, ("---", "---", "---", *("--:" for _ in head[3:]))]
    lines += [_cells(row) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.workload,
        row.variant,
        row.unit,
        *(f"{rate:,.0f}" if rate >= 100 else f"{rate:,.1f}" for rate in row.rates),
        _times(row.ratio, bold=True),
        _joined(row.p50_ms, ".2f"),
        _joined(row.cpu_ms, ".3f"),
        _times(row.cpu_ratio),
        _joined(row.peak_mib, ".0f"),
        _joined(row.statements, ".1f"),
        _joined(row.wal_bytes, ",.0f"),
        str(row.errors),
    )


def _times(ratio: float | None, *, bold: bool = False) -> str:
    if ratio is None:
        return "-"
    text = f"{ratio:,.1f}x"
    return f"**{text}**" if bold else text


def _joined(values: Sequence[float | None], form: str) -> str:
    return " / ".join("-" if value is None else format(value, form) for value in values)
