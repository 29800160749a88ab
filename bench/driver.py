"""A closed-loop load driver: each connection is a generator that yields requests and is sent `(status, body)`.

One process drives all of its connections from a single epoll loop; more processes can be asked for. Requests are made
before the clock starts wherever a workload allows it.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.target import HttpError, Response, Target

Requests = Generator[bytes, tuple[int, bytes], None]
_MOST_ERRORS = 1000


@dataclass(slots=True)
class Load:
    """What a load did: seconds of each request, errors, the first error, and the time from first to last."""

    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    sample: str | None = None
    elapsed: float = 0.0


def drive(
    target: Target,
    make_requests: Callable[[Sequence[int]], list[Requests]],
    concurrency: int,
    seconds: float,
    processes: int = 1,
) -> Load:
    """Run `concurrency` connections over `processes` processes until they end or the time is up.

    `make_requests(indices)` is called in each process, before the clock starts, with the indices of its connections.
    """
    processes = max(1, min(processes, concurrency))
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes)
    queue: Any = context.SimpleQueue()

    def work(mine: list[int]) -> None:
        try:
            loop = _Loop(target, make_requests(mine))
            start.wait()
            queue.put(loop.run(seconds))
        except Exception as exc:  # noqa: BLE001 - raised again by the parent
            start.abort()
            queue.put(repr(exc))

    children = [
        context.Process(target=work, args=(list(range(first, concurrency, processes)),)) for first in range(processes)
    ]
    for child in children:
        child.start()
    parts = [queue.get() for _ in children]
    for child in children:
        child.join()
    return _merge(parts)


def _merge(parts: list[Load | str]) -> Load:
    whole = Load()
    for part in parts:
        if isinstance(part, str):
            raise HttpError(part)
        whole.latencies += part.latencies
        whole.errors += part.errors
        whole.sample = whole.sample or part.sample
        whole.elapsed = max(whole.elapsed, part.elapsed)
    return whole


@dataclass(slots=True, eq=False)
class _Driven:
    requests: Requests
    sock: socket.socket
    out: memoryview | None = None
    response: Response = field(default_factory=Response)
    sent_at: float = 0.0


class _Loop:
    """One epoll loop over its connections."""

    def __init__(self, target: Target, generators: list[Requests]) -> None:
        self._target = target
        self._poll = select.epoll()
        self._connections: dict[int, _Driven] = {}
        self._load = Load()
        self._deadline = 0.0
        self._first = [(self._open(requests), next(requests)) for requests in generators]

    def run(self, seconds: float) -> Load:
        began = time.perf_counter()
        self._deadline = began + seconds
        last = began
        for connection, raw in self._first:
            self._begin(connection, raw)
        while self._connections:
            for descriptor, event in self._poll.poll(60):
                connection = self._connections[descriptor]
                if event & select.EPOLLOUT:
                    self._push(connection)
                if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and self._receive(connection):
                    last = time.perf_counter()
        self._load.elapsed = last - began
        return self._load

    def _open(self, requests: Requests) -> _Driven:
        sock = self._target.connect()
        sock.setblocking(False)
        connection = _Driven(requests, sock)
        self._connections[sock.fileno()] = connection
        self._poll.register(sock.fileno(), select.EPOLLIN)
        return connection

    def _close(self, connection: _Driven) -> None:
        descriptor = connection.sock.fileno()
        self._poll.unregister(descriptor)
        del self._connections[descriptor]
        connection.sock.close()

    def _begin(self, connection: _Driven, raw: bytes) -> None:
        connection.out = memoryview(raw)
        connection.response = Response()
        connection.sent_at = time.perf_counter()
        self._push(connection)

    def _push(self, connection: _Driven) -> None:
        """Send what the socket takes; ask to be told when it takes more."""
        if connection.out is None:
            return
        try:
            sent = connection.sock.send(connection.out)
        except BlockingIOError:
            sent = 0
        connection.out = connection.out[sent:] if sent < len(connection.out) else None
        wanted = select.EPOLLIN if connection.out is None else select.EPOLLIN | select.EPOLLOUT
        self._poll.modify(connection.sock.fileno(), wanted)

    def _receive(self, connection: _Driven) -> bool:
        """Take what arrived; return whether a response is complete."""
        try:
            data = connection.sock.recv(1 << 18)
        except BlockingIOError:
            return False
        except ConnectionError:
            data = b""
        if not data and not connection.response.ends_with_connection:
            self._lost(connection)
            return False
        if data and not connection.response.feed(data):
            return False
        self._completed(connection)
        return True

    def _completed(self, connection: _Driven) -> None:
        now = time.perf_counter()
        response = connection.response
        self._load.latencies.append(now - connection.sent_at)
        if response.status != 200:
            self._load.errors += 1
            self._load.sample = self._load.sample or f"{response.status} {response.body()[:300]!r}"
        if now >= self._deadline:
            self._close(connection)
            return
        self._next(connection, (response.status, response.body()), reopen=response.close)

    def _lost(self, connection: _Driven) -> None:
        """The server closed between requests."""
        self._load.errors += 1
        if self._load.errors > _MOST_ERRORS:
            raise HttpError("the server keeps closing connections")
        self._next(connection, (0, b""), reopen=True)

    def _next(self, connection: _Driven, answer: tuple[int, bytes], *, reopen: bool) -> None:
        try:
            raw = connection.requests.send(answer)
        except StopIteration:
            self._close(connection)
            return
        if reopen:
            self._close(connection)
            connection = self._open(connection.requests)
        self._begin(connection, raw)
