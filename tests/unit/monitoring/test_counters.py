"""Counts: none lost between threads, added up over processes, in Prometheus' form."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from apps.common.monitoring.counters import DURATION, POINTS, REQUESTS, Counters
from apps.common.monitoring.exposition import FAMILIES, exposition

ROOT = Path(__file__).resolve().parents[3]
SIBLING = """
import sys, pathlib, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
from apps.common.monitoring.counters import Counters
mine = Counters(pathlib.Path(sys.argv[1]))
mine.request("GET", "a", 200, 0.004)
mine.add("runfold_metric_points_total", 7)
mine.save()
print(os.getppid())
"""


def note_many(counters: Counters) -> None:
    for _ in range(5_000):
        counters.request("GET", "a", 200, 0.001)


def test_no_count_is_lost_between_threads(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    threads = [threading.Thread(target=note_many, args=[counters]) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counters.totals()
    assert counters.totals()[f'{REQUESTS}{{method="GET",route="a",status="200"}}'] == 40_000


def test_sums_of_processes_are_added_up_also_of_those_that_ended(tmp_path: Path) -> None:
    for _ in range(3):
        argv = [sys.executable, "-c", SIBLING, str(tmp_path)]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() == str(os.getpid())
    # They are this process' children, and siblings of one another: as they see it.
    for path in tmp_path.iterdir():
        path.rename(path.with_name(path.name.replace(f"{os.getpid()}-", f"{os.getppid()}-")))
    totals = Counters(tmp_path).totals()
    assert totals[POINTS] == 21
    assert totals[f'{REQUESTS}{{method="GET",route="a",status="200"}}'] == 3


def test_a_histogram_counts_up_to_each_bound(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    for seconds in (0.0005, 0.001, 0.02, 99.0):
        counters.request("BREW", 'a"b', 200, seconds)
    totals = counters.totals()
    at = {
        bound: totals[f'{DURATION}_bucket{{route="a\\"b",le="{bound}"}}']
        for bound in ("0.001", "0.025", "30.0", "+Inf")
    }
    assert at == {"0.001": 2, "0.025": 3, "30.0": 3, "+Inf": 4}
    assert totals[f'{DURATION}_count{{route="a\\"b"}}'] == 4
    assert totals[f'{REQUESTS}{{method="other",route="a\\"b",status="200"}}'] == 4


@pytest.mark.django_db(transaction=True)
def test_every_family_is_described_once(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    counters.request("GET", "a", 200, 0.001)
    counters.add(POINTS, 5)
    lines = exposition(counters.totals()).splitlines()
    assert [line for line in lines if line.startswith("# TYPE")] == [
        f"# TYPE {name} {kind}" for name, (kind, _) in FAMILIES.items()
    ]
    assert f"{POINTS} 5" in lines
