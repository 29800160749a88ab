"""Uploads and downloads of a real server: constant memory, and clients that go away in the middle."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers import live
from tests.servers.buckets import new_bucket
from tests.servers.live import LiveRunfold
from tests.servers.plugin import database_kind
from tests.servers.seaweedfs import S3Server
from tests.servers.session import Session

pytestmark = pytest.mark.faults

MIB = 1024 * 1024
SIZE = int(os.environ.get("RUNFOLD_TEST_STREAM_MIB", "256")) * MIB
MOST_GROWTH = 64 * MIB
SERVERS = {"disk": "live_runfold", "s3": "live_runfold_on_s3"}


@pytest.fixture(params=list(SERVERS))
def artifact_server(request: pytest.FixtureRequest) -> LiveRunfold:
    server: LiveRunfold = request.getfixturevalue(SERVERS[request.param])
    return server


@pytest.fixture
def cold_server(server_session: Session, s3_server: S3Server) -> Iterator[LiveRunfold]:
    """A server on S3 of a test's own, which nobody has asked for anything."""
    home = server_session.directory / f"cold-{os.getpid()}"
    home.mkdir(mode=0o755)
    bucket = new_bucket(s3_server)
    settings = {
        "RUNFOLD_ARTIFACT_STORE": f"s3://{bucket['bucket']}/runfold",
        "RUNFOLD_S3_ENDPOINT_URL": s3_server.endpoint_url,
        "RUNFOLD_S3_ACCESS_KEY": s3_server.access_key,
        "RUNFOLD_S3_SECRET_KEY": s3_server.secret_key,
    }
    server = live.start(server_session, home, database_kind(), settings=settings)
    yield server
    os.killpg(server.pid, signal.SIGKILL)


def headers(server: LiveRunfold) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token}"}


def new_root(server: LiveRunfold) -> str:
    """The address of a new run's files."""
    body = {"experiment_id": "0", "start_time": 1}
    answer = requests.post(f"{server.tracking_uri}/api/2.0/mlflow/runs/create", json=body, headers=headers(server))
    run_id = answer.json()["run"]["info"]["run_id"]
    return f"{server.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts"


def new_native_root(server: LiveRunfold) -> str:
    """The same, of the native API."""
    run_id = new_root(server).rpartition("/artifacts/0/")[2].partition("/")[0]
    return f"{server.url}/api/v1/runs/{run_id}/artifacts"


def names(server: LiveRunfold, root: str) -> list[str]:
    address, path = root.split("/artifacts/", 1)
    answer = requests.get(f"{address}/artifacts", params={"path": path}, headers=headers(server))
    return [entry["path"] for entry in answer.json().get("files", [])]


class Content:
    """Bytes that are made as they are sent, and hashed on the way."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.digest = hashlib.sha256()
        self._block = os.urandom(MIB)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.size // MIB):
            piece = number.to_bytes(8, "big") + self._block[8:]
            self.digest.update(piece)
            yield piece


def peak_bytes(server: LiveRunfold) -> int:
    """The greatest resident size of any of the server's processes so far."""
    return max(_peak(pid) for pid in [server.pid, *_children(server.pid)])


def _children(pid: int) -> list[int]:
    found = [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]
    return found + [grandchild for child in found for grandchild in _children(child)]


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("make_root", [new_root, new_native_root])
def test_a_large_file_leaves_the_servers_memory_as_it_is(
    artifact_server: LiveRunfold, make_root: Callable[[LiveRunfold], str]
) -> None:
    server, root = artifact_server, make_root(artifact_server)
    for _ in range(4):  # both workers have seen what they need
        requests.put(f"{root}/warm", data=bytes(9 * MIB), headers=headers(server))
        requests.get(f"{root}/warm", headers=headers(server))
    check_memory(server, root)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_large_file_is_the_first_thing_that_a_server_on_s3_sees(cold_server: LiveRunfold) -> None:
    """Its processes have served the run and nothing else: what opening the store takes counts as well."""
    check_memory(cold_server, new_root(cold_server))


def check_memory(server: LiveRunfold, root: str) -> None:
    """Send a large file and fetch it: the greatest process of the server grows by less than a fixed amount."""
    before, content = peak_bytes(server), Content(SIZE)
    started = time.perf_counter()
    sent: Any = content
    assert requests.put(f"{root}/large", data=sent, headers=headers(server)).status_code == 200
    uploaded, uploaded_peak = time.perf_counter(), peak_bytes(server)
    back = hashlib.sha256()
    with requests.get(f"{root}/large", headers=headers(server), stream=True) as answer:
        for chunk in answer.iter_content(MIB):
            back.update(chunk)
    figures = {
        "upload_mib_per_second": round(SIZE / MIB / (uploaded - started)),
        "download_mib_per_second": round(SIZE / MIB / (time.perf_counter() - uploaded)),
        "peak_mib": peak_bytes(server) // MIB,
        "growth_up_mib": (uploaded_peak - before) // MIB,
        "growth_mib": (peak_bytes(server) - before) // MIB,
    }
    print(json.dumps(figures))  # noqa: T201 - `pytest -s` shows them
    assert back.hexdigest() == content.digest.hexdigest()
    assert peak_bytes(server) - before < MOST_GROWTH, figures


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_that_goes_away_in_the_middle_leaves_nothing(artifact_server: LiveRunfold, framing: str) -> None:
    server, root = artifact_server, new_root(artifact_server)
    assert requests.put(f"{root}/a", data=b"before", headers=headers(server)).status_code == 200
    path = root.removeprefix(server.url)
    for name in ("a", "b"):
        lines = [f"PUT {path}/{name} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers(server).items())]
        lines.append("Content-Length: 1000000" if framing == "length" else "Transfer-Encoding: chunked")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            connection.sendall(b"x" * 400_000 if framing == "length" else b"400\r\n" + b"x" * 1024 + b"\r\n")
            time.sleep(0.3)
    time.sleep(0.5)
    assert names(server, root) == ["a"]
    assert requests.get(f"{root}/a", headers=headers(server)).content == b"before"


def test_a_client_that_stops_reading_does_no_harm(artifact_server: LiveRunfold) -> None:
    server, root = artifact_server, new_root(artifact_server)
    requests.put(f"{root}/a", data=bytes(40 * MIB), headers=headers(server))
    for _ in range(20):
        with requests.get(f"{root}/a", headers=headers(server), stream=True) as answer:
            next(answer.iter_content(1000))
    assert len(requests.get(f"{root}/a", headers=headers(server)).content) == 40 * MIB


def test_a_refusal_arrives_although_the_file_is_large(artifact_server: LiveRunfold) -> None:
    server = artifact_server
    absent = f"{server.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/0/{'0' * 32}/artifacts/a"
    for size in (1, MIB, 64 * MIB):
        sent: Any = bytes(size)
        answer = requests.put(absent, data=sent, headers=headers(server))
        assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert requests.put(absent, data=bytes(64 * MIB)).status_code == 401
