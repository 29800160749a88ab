"""Files up and down: many small ones and a few large ones, whole and in turn, as clients send them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bench.driver import Requests
from bench.measuring import Bench
from bench.target import HttpError

_ROOT = "/api/2.0/mlflow-artifacts/artifacts"
_CLIENTS = (1, 8)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Files:
    """Files of one size, none of which has the content of another."""

    label: str
    count: int
    size: int
    noise: bytes

    def content(self, number: int) -> bytes:
        return number.to_bytes(8, "big") + self.noise[8:]


def artifacts(bench: Bench) -> None:
    """PUT of every file, then GET of every file, from 1 client and from 8; then they are deleted."""
    rng = random.Random(4)
    for label, count, size in (("1 KiB", 500, 1024), ("64 MiB", 4, 64 * _MIB)):
        for clients in _CLIENTS:
            files = _Files(label, count, size, rng.randbytes(size))
            _up_and_down(bench, files, min(clients, count))


def _up_and_down(bench: Bench, files: _Files, clients: int) -> None:
    root = f"{_ROOT}/{bench.experiment()}/{bench.new_runs(1)[0]}/artifacts"
    for method, work in (("PUT", _put), ("GET", _get)):
        each = partial(work, bench, files, root)
        bench.drive_to_end(
            "artifacts",
            f"{method} {files.label} x {files.count}, {clients} clients",
            partial(_shares, files.count, clients, each),
            clients,
            unit="MiB/s" if files.size >= _MIB else "files/s",
            per_request=files.size / _MIB if files.size >= _MIB else 1.0,
        )
    for number in range(files.count):
        bench.connection.send(bench.target.request("DELETE", f"{root}/{number:04d}.bin"))


def _shares(count: int, clients: int, work: Callable[[Sequence[int]], Requests], mine: Sequence[int]) -> list[Requests]:
    return [work(range(index, count, clients)) for index in mine]


def _put(bench: Bench, files: _Files, root: str, numbers: Sequence[int]) -> Requests:
    requests = [bench.target.request("PUT", f"{root}/{number:04d}.bin", files.content(number)) for number in numbers]
    for raw in requests:
        _answer = yield raw


def _get(bench: Bench, files: _Files, root: str, numbers: Sequence[int]) -> Requests:
    for number in numbers:
        status, body = yield bench.target.request("GET", f"{root}/{number:04d}.bin")
        if status != 200 or len(body) != files.size:
            raise HttpError(f"{status}, {len(body)} bytes: {body[:200]!r}")
