from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.common.group_commit import BatchError, GroupCommit


class _Log:
    """A slow store that remembers its batches and fails on what it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)

    def write(self, batch: list[int]) -> list[int]:
        self.entered.release()
        self.gate.acquire()
        self.batches.append(batch)
        if -1 in batch:
            raise OSError("no space")
        return [-entry for entry in batch]


def _submit_while_busy(commits: GroupCommit[int, int], log: _Log, entries: list[int]) -> list[object]:
    """Submit 1000, then the entries while that is being written; what each of them got."""

    def submit(entry: int) -> object:
        try:
            return commits.submit("key", entry)
        except BatchError as error:
            return error

    with ThreadPoolExecutor(len(entries) + 1) as pool:
        first = pool.submit(submit, 1000)
        log.entered.acquire()
        waiting = [pool.submit(submit, entry) for entry in entries]
        while sum(len(queue) for queue in commits._waiting.values()) < len(entries):
            threading.Event().wait(0.001)
        log.gate.release(100)
        assert first.result(5) == -1000
        return [future.result(5) for future in waiting]


def test_entries_that_wait_are_written_together_and_each_gets_its_own_outcome() -> None:
    log = _Log()
    commits: GroupCommit[int, int] = GroupCommit(log.write, max_entries=64)
    assert _submit_while_busy(commits, log, [3, 4, 5]) == [-3, -4, -5]
    assert [len(batch) for batch in log.batches] == [1, 3]


def test_batches_are_bounded() -> None:
    log = _Log()
    commits: GroupCommit[int, int] = GroupCommit(log.write, max_entries=2)
    assert _submit_while_busy(commits, log, [1, 2, 3, 4, 5]) == [-1, -2, -3, -4, -5]
    assert max(len(batch) for batch in log.batches) == 2
    assert sorted(entry for batch in log.batches for entry in batch) == [1, 2, 3, 4, 5, 1000]


def test_failed_batch_fails_its_entries_alone_and_the_next_works() -> None:
    log = _Log()
    commits: GroupCommit[int, int] = GroupCommit(log.write, max_entries=64)
    outcomes = _submit_while_busy(commits, log, [-1, 2])
    assert all(isinstance(outcome, BatchError) and isinstance(outcome.__cause__, OSError) for outcome in outcomes)
    assert commits.submit("key", 7) == -7
    assert commits._waiting == {}


def test_other_keys_do_not_wait() -> None:
    log = _Log()
    commits: GroupCommit[int, int] = GroupCommit(log.write, max_entries=64)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(commits.submit, "a", 1), pool.submit(commits.submit, "b", 2)
        log.entered.acquire()
        log.entered.acquire()
        log.gate.release(2)
        assert (one.result(5), other.result(5)) == (-1, -2)


def test_outcomes_of_the_wrong_number_are_an_error() -> None:
    commits: GroupCommit[int, int] = GroupCommit(lambda _: [], max_entries=4)
    with pytest.raises(BatchError):
        commits.submit("key", 1)


def test_many_threads_lose_nothing() -> None:
    written: list[int] = []

    def write(batch: list[int]) -> list[int]:
        written.extend(batch)
        return batch

    commits: GroupCommit[int, int] = GroupCommit(write, max_entries=8)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda entry: commits.submit(0, entry), range(5000))) == list(range(5000))
    assert sorted(written) == list(range(5000))
