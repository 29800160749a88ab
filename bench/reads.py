"""Workloads that read: searches over many runs, the history of a long metric, its chart."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from bench.measuring import Bench
from bench.target import AJAX, HttpError

SEARCHES: dict[str, dict[str, Any]] = {
    "newest 100": {"order_by": ["attributes.start_time DESC"]},
    "filter and order by metric": {
        "filter": "metrics.m0 < 0.2 and params.p00 = 'v3'",
        "order_by": ["metrics.m0 ASC"],
    },
    "order by metric": {"order_by": ["metrics.m3 DESC"]},
    "filter by tag": {"filter": "tags.team = 'team-2'", "order_by": ["attributes.start_time DESC"]},
}
_TOKEN = re.compile(rb'"next_page_token": *"([^"]+)"')
_PAGES = 5
_PAGE_RUNS = 1000


def search(bench: Bench) -> None:
    """Searches of the seeded experiment, then pages of 1,000 whole runs."""
    target = bench.target
    experiment = bench.subject.search_experiment
    for name, query in SEARCHES.items():
        raw = target.post("runs/search", {"experiment_ids": [experiment], "max_results": 100, **query})
        found = _found(bench, raw)[0]
        bench.repeat("search", name, partial(_found, bench, raw), found=found)
    bench.repeat(
        "search",
        "pages of 1,000 runs",
        lambda: _pages(bench, experiment),
        unit="runs/s",
        per_request=_PAGES * _PAGE_RUNS,
    )


def history(bench: Bench) -> None:
    """The whole history of the seeded metric, and 1,000 points of it for a chart."""
    run_id, points = bench.subject.history_run, bench.sizes.history_points
    whole = bench.target.get("metrics/get-history", run_id=run_id, metric_key="loss")
    bench.repeat(
        "history",
        f"all of {points:,} points",
        lambda: _points(bench, whole, at_least=points),
        unit="points/s",
        per_request=points,
    )
    path = f"{AJAX}metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=loss&max_results=1000"
    chart = bench.target.request("GET", path)
    found = _points(bench, chart, at_least=500)
    bench.repeat("history", f"chart of {points:,} points", lambda: _points(bench, chart, at_least=500), found=found)


def _pages(bench: Bench, experiment: str) -> None:
    token = None
    for _ in range(_PAGES):
        body = {"experiment_ids": [experiment], "max_results": _PAGE_RUNS, **({"page_token": token} if token else {})}
        found, token = _found(bench, bench.target.post("runs/search", body))
        if found != _PAGE_RUNS or token is None:
            raise HttpError(f"a page of {found} runs")


def _found(bench: Bench, raw: bytes) -> tuple[int, str | None]:
    """Search and return how many runs came, and the next page's token, without parsing: the client is not measured."""
    status, body = bench.connection.send(raw)
    if status != 200:
        raise HttpError(f"{status}: {body[:300]!r}")
    token = _TOKEN.search(body)
    return body.count(b'"run_uuid"'), token[1].decode() if token else None


def _points(bench: Bench, raw: bytes, *, at_least: int) -> int:
    """Send a request and count the points of its answer without parsing it."""
    status, body = bench.connection.send(raw)
    points = body.count(b'"step"')
    if status != 200 or points < at_least:
        raise HttpError(f"{status}, {points} points: {body[:300]!r}")
    return points
