"""The rows both products are seeded with: the same runs, the same long metric."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from bench.measuring import NOW_MS

_PARAMS, _METRICS, _TEAMS = 20, 10, 5


@dataclass(frozen=True, slots=True)
class SeedRun:
    """A finished run: 20 params, 10 metrics of one point, a tag."""

    run_id: uuid.UUID
    name: str
    start_time_ms: int
    params: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, float], ...]
    tags: tuple[tuple[str, str], ...]


def seed_runs(count: int) -> Iterator[SeedRun]:
    """Yield the same runs at every call, oldest first."""
    rng = random.Random(1)
    for index in range(count):
        name = f"run-{index}"
        yield SeedRun(
            run_id=_uuid7(NOW_MS + index, rng),
            name=name,
            start_time_ms=NOW_MS + index,
            params=tuple((f"p{key:02d}", f"v{rng.randrange(10 * (key + 1))}") for key in range(_PARAMS)),
            metrics=tuple((f"m{key}", rng.random()) for key in range(_METRICS)),
            tags=(("mlflow.runName", name), ("team", f"team-{index % _TEAMS}")),
        )


def history_values(count: int) -> Iterator[tuple[int, int, float]]:
    """Yield step, timestamp, value of a noisy, falling metric."""
    rng = random.Random(2)
    for step in range(count):
        yield step, NOW_MS + step * 10, rng.random() + 1000 / (1 + step)


def _uuid7(milliseconds: int, rng: random.Random) -> uuid.UUID:
    tail = rng.getrandbits(74)
    high = tail >> 62
    low = tail & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
