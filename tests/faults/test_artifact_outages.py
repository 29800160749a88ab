"""What an upload depends on is killed in the middle of it: what was acknowledged is whole, all else is cleanly gone."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.faults import outages
from tests.faults.outages import MIB, Installation
from tests.faults.test_artifact_streams import headers, names, new_native_root
from tests.faults.test_jobs import Installation as Jobs
from tests.faults.test_jobs import start_installation
from tests.servers import process, valkey
from tests.servers.session import Session

pytestmark = pytest.mark.faults

STORES = {"disk": outages.on_disk, "s3": outages.on_s3}
WRITERS = 4
# So that a half is more than what is sent to S3 at once.
SIZE = 24 * MIB


@pytest.fixture(scope="module", params=list(STORES))
def outage_server(server_session: Session, request: pytest.FixtureRequest) -> Iterator[Installation]:
    made = STORES[request.param](server_session)
    yield made
    made.end()


@pytest.fixture(scope="module")
def outage_jobs(server_session: Session) -> Iterator[Jobs]:
    made = start_installation(server_session, "outage_jobs")
    made.start_beat()
    yield made
    made.end()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_web_server_killed_in_the_middle_of_a_file(outage_server: Installation) -> None:
    server, root, content = outage_server, outage_server.new_root(), os.urandom(SIZE)
    server.put(f"{root}/kept", b"kept" * MIB)
    before = server.files()
    upload = server.half_upload(f"{root}/a/large", content)
    server.kill_web()
    assert upload.end() is None
    server.start_web()
    assert names(server.runfold, root) == ["kept"]
    assert server.files() == before | {"writing": 1, "unkept": 1}
    server.put(f"{root}/a/large", content)
    assert server.is_whole(f"{root}/a/large", sha256(content))
    assert server.is_whole(f"{root}/kept", sha256(b"kept" * MIB))
    assert server.files("sweep") == before | {"files": before["files"] + 1, "bytes": before["bytes"] + SIZE}


def test_web_server_killed_between_two_parts_and_in_one(outage_server: Installation) -> None:
    server, root = outage_server, new_native_root(outage_server.runfold)
    run, parts = root.removesuffix("/artifacts"), [os.urandom(SIZE // 2), os.urandom(SIZE // 2)]
    before = server.files()
    resumed, abandoned = (
        server.request("POST", f"{run}/uploads", json={"path": name}).json()["upload_id"] for name in ("a", "b")
    )
    for upload in (resumed, abandoned):
        server.put(f"{run}/uploads/{upload}/parts/1", parts[0])
    half = server.half_upload(f"{run}/uploads/{resumed}/parts/2", parts[1])
    server.kill_web()
    assert half.end() is None
    server.start_web()
    assert server.files() == before | {"writing": 2, "unkept": 2}
    found = server.request("GET", f"{run}/uploads/{resumed}").json()["parts"]
    assert [(part["number"], part["size_bytes"]) for part in found] == [(1, len(parts[0]))]
    server.put(f"{run}/uploads/{resumed}/parts/2", parts[1])
    done = server.request("POST", f"{run}/uploads/{resumed}/complete", json={"sha256": sha256(b"".join(parts))})
    assert done.status_code == 200, done.text
    assert server.is_whole(f"{root}/a", sha256(b"".join(parts)))
    after = before | {"files": before["files"] + 1, "bytes": before["bytes"] + SIZE}
    assert server.files("sweep") == after
    assert server.request("GET", f"{run}/uploads/{abandoned}").status_code == 404


@pytest.mark.parametrize("outage_server", ["s3"], indirect=True)
def test_store_killed_in_the_middle_of_a_file(outage_server: Installation) -> None:
    server, root, content = outage_server, outage_server.new_root(), os.urandom(SIZE)
    server.put(f"{root}/kept", b"kept" * MIB)
    before = server.files()
    upload = server.half_upload(f"{root}/large", content)
    server.parts["store"].stop(signal.SIGKILL)
    answer = upload.end()
    assert answer is not None
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    native = server.request("PUT", f"{new_native_root(server.runfold)}/large", data=content)
    assert (native.status_code, native.json()["error"]["code"]) == (503, "store_failed")
    assert 1 <= int(native.headers["Retry-After"]) <= 60
    assert names(server.runfold, root) == ["kept"]
    server.parts["store"].start()
    answers = (server.request("PUT", f"{root}/large", data=content) for _ in range(30))
    assert any(answer.status_code == 200 for answer in answers)
    assert server.is_whole(f"{root}/large", sha256(content))
    assert server.is_whole(f"{root}/kept", sha256(b"kept" * MIB))
    after = before | {"files": before["files"] + 1, "bytes": before["bytes"] + len(content)}
    assert server.files("sweep") == after


LOG_ALL = """
import sys, mlflow
with mlflow.start_run() as run:
    print(run.info.run_id, flush=True)
    mlflow.log_artifacts(sys.argv[1])
"""


@pytest.mark.parametrize("outage_server", ["s3"], indirect=True)
def test_the_stock_client_sits_out_a_store_that_is_away(
    outage_server: Installation, mlflow_python: Path, tmp_path: Path
) -> None:
    server, digests = outage_server, {}
    for number in range(12):
        content = os.urandom(4 * MIB)
        (tmp_path / f"{number:02}").write_bytes(content)
        digests[f"{number:02}"] = sha256(content)
    variables = {"MLFLOW_TRACKING_URI": server.runfold.tracking_uri, "MLFLOW_TRACKING_TOKEN": server.runfold.token}
    argv = [str(mlflow_python), "-c", LOG_ALL, str(tmp_path)]
    env = {**os.environ, **variables, "MLFLOW_DISABLE_TELEMETRY": "true"}
    client = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert client.stdout is not None
    run_id = client.stdout.readline().strip()
    root = f"{server.runfold.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts"
    while not names(server.runfold, root):
        assert client.poll() is None
    server.parts["store"].stop(signal.SIGKILL)
    time.sleep(2)
    assert len(names(server.runfold, root)) < len(digests)
    server.parts["store"].start()
    _, said = client.communicate(timeout=120)
    assert client.returncode == 0, said
    assert names(server.runfold, root) == list(digests)
    assert all(server.is_whole(f"{root}/{name}", digest) for name, digest in digests.items())
    server.files("sweep")


class Writer(threading.Thread):
    """Uploads files of several sizes, one after the other, every fifth of them with content that all writers send."""

    def __init__(self, server: Installation, number: int, has_to_end: threading.Event) -> None:
        super().__init__(daemon=True)
        self.root, self.sent = server.new_root(), dict[str, str]()
        self.acknowledged: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self._headers, self._number, self._has_to_end = headers(server.runfold), number, has_to_end
        self.start()

    def run(self) -> None:
        """Until it has to end."""
        for count in range(10_000):
            if self._has_to_end.is_set():
                return
            content = bytes([count % 250]) * 50_000 if count % 5 == 0 else os.urandom((1_000, 30_000, MIB)[count % 3])
            name = f"{self._number}/{count % 7}/{count}"
            self.sent[name] = sha256(content)
            answer = requests.put(f"{self.root}/{name}", data=content, headers=self._headers, timeout=60)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.acknowledged.add(name)
            else:
                time.sleep(0.1)


def wait_for_more(writers: list[Writer], wanted: int = 5) -> None:
    """Until each has so many more files acknowledged."""
    goals = [len(writer.acknowledged) + wanted for writer in writers]
    deadline = time.monotonic() + 30
    while any(len(writer.acknowledged) < goal for writer, goal in zip(writers, goals, strict=True)):
        assert all(writer.is_alive() for writer in writers)
        assert time.monotonic() < deadline, [writer.statuses for writer in writers]
        time.sleep(0.05)


def start_database(server: Installation) -> None:
    """After a kill, processes of the old server may hold its memory for a moment longer."""
    for _ in range(20):
        try:
            server.parts["database"].start()
        except process.ServerStartError:
            time.sleep(0.3)
        else:
            return
    pytest.fail("PostgreSQL does not start again.")


def test_postgresql_restarted_and_killed_while_files_arrive(server_session: Session) -> None:
    server, has_to_end = outages.on_postgres(server_session), threading.Event()
    writers = [Writer(server, number, has_to_end) for number in range(WRITERS)]
    for number in (signal.SIGINT, signal.SIGKILL):
        wait_for_more(writers)
        server.parts["database"].stop(number)
        time.sleep(0.5)
        start_database(server)
    wait_for_more(writers)
    has_to_end.set()
    for writer in writers:
        writer.join(60)
    statuses = sum((writer.statuses for writer in writers), Counter[int]())
    print(dict(statuses))  # noqa: T201 - `pytest -s` shows it
    assert statuses.keys() == {200, 503}, server.log()
    for writer in writers:
        there = {name for name, digest in writer.sent.items() if server.is_whole(f"{writer.root}/{name}", digest)}
        assert writer.acknowledged <= there
    found = server.files("sweep")
    assert found["files"] >= statuses[200]
    server.end()


def kill_worker(jobs: Jobs) -> None:
    """The worker alone."""
    os.killpg(jobs.started[-1].pid, signal.SIGKILL)
    jobs.started[-1].wait()


def kill_worker_and_broker(jobs: Jobs) -> None:
    """And what tells workers of jobs, which comes back empty."""
    kill_worker(jobs)
    os.killpg(jobs.broker.pid, signal.SIGKILL)
    time.sleep(0.5)
    jobs.broker = valkey.start(jobs.session, jobs.home, port=jobs.broker.port)


@pytest.mark.parametrize("kill", [kill_worker, kill_worker_and_broker])
def test_worker_killed_while_it_completes_an_upload(outage_jobs: Jobs, kill: Callable[[Jobs], None]) -> None:
    jobs, root, digest = outage_jobs, new_native_root(outage_jobs.runfold), hashlib.sha256()
    run, sent = root.removesuffix("/artifacts"), headers(jobs.runfold)
    upload = requests.post(f"{run}/uploads", json={"path": "a/large"}, headers=sent).json()["upload_id"]
    for number in (1, 2):
        part = os.urandom(1024) * (70 * 1024)
        digest.update(part)
        assert requests.put(f"{run}/uploads/{upload}/parts/{number}", data=part, headers=sent).status_code == 200
    done = {"sha256": digest.hexdigest()}
    answer = requests.post(f"{run}/uploads/{upload}/complete", json=done, headers=sent)
    assert answer.status_code == 202, answer.text
    jobs.start_worker()
    # The parts are one object by then, and half of it is read.
    jobs.wait(answer.json()["job_id"], lambda job: job["progress_done"] > 0)
    kill(jobs)
    assert requests.get(f"{root}/a/large", headers=sent).status_code == 404
    jobs.start_worker()
    job = jobs.wait_for_end(answer.json()["job_id"])
    assert (job["state"], job["attempts"], job["error"]) == ("succeeded", 2, ""), jobs.logs()
    back = requests.get(f"{root}/a/large", headers=sent)
    assert hashlib.sha256(back.content).hexdigest() == digest.hexdigest()
    assert requests.get(f"{run}/uploads/{upload}", headers=sent).status_code == 404
    kill_worker(jobs)
