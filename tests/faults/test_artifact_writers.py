"""Several writers of one path at once, against a real server: a reader sees one of them whole, never a mixture."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.test_artifact_streams import SERVERS, headers, new_root
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.faults

MIB = 1024 * 1024
SIZE = 3 * MIB + 17
WRITERS, ROUNDS = 4, 5


@pytest.fixture(params=list(SERVERS))
def artifact_server(request: pytest.FixtureRequest) -> LiveRunfold:
    server: LiveRunfold = request.getfixturevalue(SERVERS[request.param])
    return server


@pytest.fixture(params=["mlflow", "native", "native, in parts"])
def put(request: pytest.FixtureRequest, artifact_server: LiveRunfold) -> Callable[[str, bytes], None]:
    """Stores a file at an address of MLflow's proxy, through one of the ways to do it."""
    sent = headers(artifact_server)

    def by_mlflow(address: str, content: bytes) -> None:
        assert requests.put(address, data=content, headers=sent).status_code == 200

    def by_native(address: str, content: bytes) -> None:
        assert requests.put(native(artifact_server, address), data=content, headers=sent).status_code == 200

    def in_parts(address: str, content: bytes) -> None:
        run, _, path = native(artifact_server, address).partition("/artifacts/")
        upload = requests.post(f"{run}/uploads", json={"path": path}, headers=sent).json()["upload_id"]
        place = f"{run}/uploads/{upload}"
        assert requests.put(f"{place}/parts/1", data=content, headers=sent).status_code == 200
        assert requests.post(f"{place}/complete", json={}, headers=sent).status_code == 200

    ways = {"mlflow": by_mlflow, "native": by_native, "native, in parts": in_parts}
    return ways[request.param]


def native(server: LiveRunfold, address: str) -> str:
    """The native address of a file, from that of MLflow's proxy."""
    run_id, path = address.rpartition("/artifacts/0/")[2].split("/artifacts/", 1)
    return f"{server.url}/api/v1/runs/{run_id}/artifacts/{path}"


def test_readers_see_one_writer_whole(artifact_server: LiveRunfold, put: Callable[[str, bytes], None]) -> None:
    address, sent = f"{new_root(artifact_server)}/m/one.bin", headers(artifact_server)
    put(address, b"0" * SIZE)
    ended = threading.Event()
    seen: set[bytes] = set()

    def write(writer: int) -> None:
        for turn in range(ROUNDS):
            put(address, bytes([65 + writer * ROUNDS + turn]) * SIZE)

    def read() -> None:
        while not ended.is_set():
            answer = requests.get(address, headers=sent)
            # The bytes of a file that was replaced since it was found are gone: said as such, not half given.
            if answer.status_code == 200:
                check_whole(answer)
                seen.add(answer.content[:1])
            else:
                assert answer.status_code == 404

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writers = [pool.submit(write, writer) for writer in range(WRITERS)]
        try:
            for writer in writers:
                writer.result()
        finally:
            ended.set()
        for reader in readers:
            reader.result()
    assert seen
    final = requests.get(address, headers=sent)
    check_whole(final)
    # Of each writer the last turn alone can be what is left.
    assert final.content[0] in {65 + writer * ROUNDS + ROUNDS - 1 for writer in range(WRITERS)}


def test_the_last_to_end_wins(artifact_server: LiveRunfold, put: Callable[[str, bytes], None]) -> None:
    address, sent = f"{new_root(artifact_server)}/one.bin", headers(artifact_server)
    is_begun, may_end = threading.Event(), threading.Event()

    class Slow:
        """Half, and the other half when somebody else is done."""

        def __len__(self) -> int:
            return SIZE

        def __iter__(self) -> Iterator[bytes]:
            yield b"s" * (SIZE // 2)
            is_begun.set()
            may_end.wait(30)
            yield b"s" * (SIZE - SIZE // 2)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.put, address, data=Slow(), headers=sent)
        assert is_begun.wait(30)
        time.sleep(0.2)
        put(address, b"f" * SIZE)
        assert requests.get(address, headers=sent).content == b"f" * SIZE
        may_end.set()
        assert slow.result(60).status_code == 200
    assert requests.get(address, headers=sent).content == b"s" * SIZE


def check_whole(answer: requests.Response) -> None:
    assert len(answer.content) == SIZE
    assert answer.content == answer.content[:1] * SIZE
