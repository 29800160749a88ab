"""Workloads that write: single points, batches, whole short runs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence

from bench.driver import Requests
from bench.measuring import NOW_MS, Bench
from bench.target import API, HttpError, Target, dumps

_POINTS_PREPARED = 40_000
_BLOCKS_PREPARED = 48
_RUNS_PREPARED = 96
SHAPES = ((1, 1000), (20, 50), (1000, 1))


def log_metric(bench: Bench) -> None:
    """One point a request, from 1, 8 and 32 clients, each with a run of its own."""
    for clients in (1, 8, 32):
        runs = bench.new_runs(clients)

        def requests(mine: Sequence[int], runs: list[str] = runs, clients: int = clients) -> list[Requests]:
            return [_each(_points(bench.target, runs[index], _POINTS_PREPARED // clients)) for index in mine]

        bench.drive("log-metric", f"{clients} clients", requests, clients)


def log_batch(bench: Bench) -> None:
    """1,000 points a request: keys x steps, from 1 and 8 clients."""
    for keys, steps in SHAPES:
        tails = _tails(keys, steps)
        for clients in (1, 8):
            runs_each = _RUNS_PREPARED // clients
            runs = bench.new_runs(runs_each * clients)

            def requests(
                mine: Sequence[int], runs: list[str] = runs, each: int = runs_each, tails: list[bytes] = tails
            ) -> list[Requests]:
                return [_each(_batches(bench.target, runs[i * each : (i + 1) * each], tails)) for i in mine]

            bench.drive(
                "log-batch",
                f"{keys} x {steps}, {clients} clients",
                requests,
                clients,
                unit="points/s",
                per_request=1000,
            )


def lifecycle(bench: Bench) -> None:
    """Whole short runs: create with 5 tags, log 20 params, finish."""
    target = bench.target
    create = target.post(
        "runs/create",
        {
            "experiment_id": bench.experiment(),
            "start_time": NOW_MS,
            "run_name": "bench",
            "tags": [{"key": f"tag_{i}", "value": f"t-{i}"} for i in range(5)],
        },
    )
    params = [{"key": f"param_{i:02d}", "value": f"value-{i}"} for i in range(20)]

    def one() -> Requests:
        while True:
            status, body = yield create
            if status != 200:
                raise HttpError(f"{status} {body[:200]!r}")
            run_id = json.loads(body)["run"]["info"]["run_id"]
            yield target.post("runs/log-batch", {"run_id": run_id, "params": params})
            yield target.post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": NOW_MS + 1})

    for clients in (1, 8):
        bench.drive(
            "lifecycle",
            f"{clients} clients",
            lambda mine: [one() for _ in mine],
            clients,
            unit="runs/s",
            per_request=1 / 3,
        )


def _points(target: Target, run_id: str, count: int) -> list[bytes]:
    path = API + "runs/log-metric"
    return [
        target.request(
            "POST",
            path,
            dumps(
                {
                    "run_id": run_id,
                    "key": "loss",
                    "value": 1.0 / (step + 1) + 0.123456,
                    "timestamp": NOW_MS + step,
                    "step": step,
                }
            ),
        )
        for step in range(count)
    ]


def _tails(keys: int, steps: int) -> list[bytes]:
    """Return bodies from the run's id on: serialised once, only the run differs."""
    rng = random.Random(7)
    return [
        b'","metrics":'
        + dumps(
            [
                {
                    "key": f"metric_{key:04d}",
                    "value": rng.random() * 3,
                    "timestamp": NOW_MS + (block * steps + step) * 1000,
                    "step": block * steps + step,
                }
                for step in range(steps)
                for key in range(keys)
            ]
        )
        + b"}"
        for block in range(_BLOCKS_PREPARED)
    ]


def _batches(target: Target, runs: Sequence[str], tails: Sequence[bytes]) -> Iterator[bytes]:
    heads: dict[int, bytes] = {}
    for run_id in runs:
        start = b'{"run_id":"' + run_id.encode()
        for tail in tails:
            size = len(start) + len(tail)
            if size not in heads:
                heads[size] = target.request("POST", API + "runs/log-batch", b" " * size)[:-size]
            yield heads[size] + start + tail


def _each(raws: Sequence[bytes] | Iterator[bytes]) -> Requests:
    for raw in raws:
        _answer = yield raw  # `yield from` would send the answers to a list
