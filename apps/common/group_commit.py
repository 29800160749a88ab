"""Group commit: writes of concurrent threads share a transaction, each with its own outcome.

The first thread to come leads: it writes what waits, its own entry included. Who comes meanwhile
waits; when the leader is done, the first of them leads the next batch. So nobody waits for more
than two batches, and a thread alone pays two uncontended locks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Entry = TypeVar("Entry")
Outcome = TypeVar("Outcome")


class _Waiter(Generic[Entry, Outcome]):
    """An entry on its way; `signal` is released once, when `outcome` or `error` is set or when it is to lead."""

    __slots__ = ("entry", "error", "is_done", "outcome", "signal")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.outcome: Outcome
        self.error: BaseException | None = None
        self.is_done = False
        self.signal = threading.Lock()
        self.signal.acquire()


class GroupCommit(Generic[Entry, Outcome]):
    """Batches entries of equal keys; batches of different keys are written side by side.

    Args:
        write: Writes a batch in one transaction and returns an outcome for each entry, in order. What it raises, every
            entry of the batch gets as the cause of a `BatchError`.
        max_entries: Entries in a batch at most.
    """

    def __init__(self, write: Callable[[list[Entry]], list[Outcome]], *, max_entries: int) -> None:
        self._write = write
        self._max_entries = max_entries
        self._lock = threading.Lock()
        # A key is present while somebody leads its batches.
        self._waiting: dict[Hashable, list[_Waiter[Entry, Outcome]]] = {}

    def submit(self, key: Hashable, entry: Entry) -> Outcome:
        """Write the entry, alone or with others; returns once it is committed.

        Raises:
            BatchError: The batch was not, or not surely, written.
        """
        own: _Waiter[Entry, Outcome] = _Waiter(entry)
        if self._must_wait(key, own):
            own.signal.acquire()
        if not own.is_done:
            self._lead(key, own)
        if own.error is not None:
            raise BatchError from own.error
        return own.outcome

    def _must_wait(self, key: Hashable, own: _Waiter[Entry, Outcome]) -> bool:
        with self._lock:
            queue = self._waiting.get(key)
            if queue is None:
                self._waiting[key] = []
                return False
            queue.append(own)
            return True

    def _lead(self, key: Hashable, own: _Waiter[Entry, Outcome]) -> None:
        with self._lock:
            queue = self._waiting[key]
            batch = [own, *queue[: self._max_entries - 1]]
            del queue[: self._max_entries - 1]
        try:
            outcomes = self._write([waiter.entry for waiter in batch])
            for waiter, outcome in zip(batch, outcomes, strict=True):
                waiter.outcome = outcome
        except BaseException as error:
            for waiter in batch:
                waiter.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._finish(key, batch)

    def _finish(self, key: Hashable, batch: list[_Waiter[Entry, Outcome]]) -> None:
        for waiter in batch:
            waiter.is_done = True
        with self._lock:
            queue = self._waiting[key]
            successor = queue.pop(0) if queue else None
            if successor is None:
                del self._waiting[key]
        if successor is not None:
            successor.signal.release()
        for waiter in batch[1:]:
            waiter.signal.release()


class BatchError(Exception):
    """The write of a batch failed; the cause says how."""
