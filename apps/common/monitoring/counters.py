"""Counts of one process: noted by any thread for a tenth of a microsecond, added up once a second, shared through files.

A web server has several processes and a scrape reaches one of them. Each therefore leaves its sums in a file that the
others can read; a process that ended leaves its last, so that sums never go down while the server runs.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict, deque
from pathlib import Path

import orjson
from django.conf import settings

SAVE_SECONDS = 1.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS = "runfold_http_requests_total"
DURATION = "runfold_http_request_duration_seconds"
POINTS = "runfold_metric_points_total"
UPLOADED = "runfold_artifact_upload_bytes_total"
_log = logging.getLogger(__name__)

Sums = dict[str, float]


class Counters:
    """The counts of one process. `deque.append` is atomic, so that threads lose nothing and wait for nobody."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._requests: deque[tuple[str, str, int, float]] = deque()
        self._amounts: deque[tuple[str, int]] = deque()
        self._answered: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._durations: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(BUCKETS) + 2))
        self._sums: Sums = {}
        self._lock = threading.Lock()
        self._thread_of: int | None = None

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answer."""
        self._requests.append((method, route, status, seconds))
        if self._thread_of is None:
            self._start()

    def add(self, name: str, amount: int) -> None:
        """Note that a total grew."""
        self._amounts.append((name, amount))

    def totals(self) -> Sums:
        """The sums of all processes of this web server by sample, as of a second ago at most."""
        self.save()
        found: Sums = {}
        for path in self._directory.glob(f"{os.getppid()}-*.json"):
            for sample, value in orjson.loads(path.read_bytes()).items():
                found[sample] = found.get(sample, 0) + value
        return found

    def save(self) -> None:
        """Add up what was noted, and leave the sums where the other processes find them."""
        with self._lock:
            self._add_up()
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._directory / f"{os.getppid()}-{os.getpid()}.json"
            temporary = path.with_suffix(".new")
            temporary.write_bytes(orjson.dumps(self._samples()))
            temporary.replace(path)

    def _add_up(self) -> None:
        """Half a microsecond a request, since samples are written out once a save."""
        requests, answered, durations = self._requests, self._answered, self._durations
        while self._amounts:
            name, amount = self._amounts.popleft()
            self._sums[name] = self._sums.get(name, 0) + amount
        while requests:
            method, route, status, seconds = requests.popleft()
            # A client may make up as many methods as it likes.
            answered[method if method in METHODS else "other", route, status] += 1
            times = durations[route]
            times[bisect_left(BUCKETS, seconds)] += 1
            times[-1] += seconds

    def _samples(self) -> Sums:
        samples: Sums = {}
        for (method, route, status), number in self._answered.items():
            samples[f'{REQUESTS}{{method="{method}",route="{_escaped(route)}",status="{status}"}}'] = number
        for route, times in self._durations.items():
            samples |= _histogram(_escaped(route), times)
        return self._sums | samples

    def _start(self) -> None:
        with self._lock:
            if self._thread_of is not None:
                return
            self._thread_of = os.getpid()
        threading.Thread(target=self._run, name="metrics", daemon=True).start()
        atexit.register(self._save_or_say)

    def _run(self) -> None:
        while True:
            time.sleep(SAVE_SECONDS)
            if self._requests or self._amounts:
                self._save_or_say()

    def _save_or_say(self) -> None:
        try:
            self.save()
        except OSError as exc:
            _log.warning("Counts for /metrics cannot be left in %s: %s", self._directory, exc)


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"")


def _histogram(route: str, durations: list[float]) -> Sums:
    samples, so_far = {}, 0.0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), durations[:-1], strict=True):
        so_far += count
        samples[f'{DURATION}_bucket{{route="{route}",le="{bound}"}}'] = so_far
    samples[f'{DURATION}_count{{route="{route}"}}'] = so_far
    samples[f'{DURATION}_sum{{route="{route}"}}'] = durations[-1]
    return samples


# None where nobody may read the counts.
counters = Counters(settings.METRICS_DIR) if settings.METRICS_TOKEN else None


def count(name: str, amount: int) -> None:
    """Note that a total grew; call it after the commit that made it so."""
    if counters is not None:
        counters.add(name, amount)
