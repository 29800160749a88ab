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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.faults import outages
from tests.faults.outages import MIB, Installation
from tests.faults.part_uploads import MlflowUpload, NativeUpload, PartUpload
from tests.faults.test_artifact_streams import headers, names, new_native_root
from tests.faults.test_jobs import Installation as Jobs
from tests.faults.test_jobs import start_installation
from tests.servers import process
from tests.servers.session import Session

pytestmark = pytest.mark.faults

STORES = {"disk": outages.on_disk, "s3": outages.on_s3}
WAYS: dict[str, type[PartUpload]] = {"native": NativeUpload, "mlflow": MlflowUpload}
WRITERS = 4
COMPLETIONS = 4
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


def test_web_server_killed_in_the_middle_of_uploads(outage_server: Installation) -> None:
    """A file in one piece, and files in parts by either protocol, each in place of one that was acknowledged before."""
    server, run_id = outage_server, outage_server.new_run()
    earlier = {name: os.urandom(MIB) for name in ("whole", "native", "mlflow", "kept")}
    for name, content in earlier.items():
        server.put(server.address(run_id, name), content)
    before = server.files()
    parts = {name: (os.urandom(SIZE // 2), os.urandom(SIZE // 2)) for name in ("whole", "native", "mlflow")}
    resumed = {name: way(server, run_id, name) for name, way in WAYS.items()}
    abandoned = {name: way(server, run_id, name) for name, way in WAYS.items()}
    etags = {name: [upload.put(1, parts[name][0])] for name, upload in resumed.items()}
    left = {name: [upload.put(1, parts[name][0])] for name, upload in abandoned.items()}
    halves = [server.half_upload(upload.address(2), parts[name][1]) for name, upload in resumed.items()]
    halves.append(server.half_upload(server.address(run_id, "whole"), b"".join(parts["whole"])))
    server.kill_web()
    assert [half.end() for half in halves] == [None] * 3
    server.start_web()
    assert server.holds(run_id, earlier)
    assert server.files() == before | {"writing": 5, "unkept": 5}
    assert [upload.arrived() for upload in resumed.values() if isinstance(upload, NativeUpload)] == [[1]]
    server.put(server.address(run_id, "whole"), b"".join(parts["whole"]))
    for name, upload in resumed.items():
        etags[name].append(upload.put(2, parts[name][1]))
        assert server.holds(run_id, {name: earlier[name]})
        assert upload.complete(etags[name]).status_code == 200
    assert server.holds(run_id, earlier | {name: b"".join(pieces) for name, pieces in parts.items()})
    assert server.files("sweep") == before | {"bytes": before["bytes"] + 3 * (SIZE - MIB)}
    for name, upload in abandoned.items():
        assert upload.complete(left[name]).status_code == 404


def test_web_server_killed_while_it_completes_uploads(outage_server: Installation) -> None:
    """At whatever moment of it: the earlier file or the new one is there, and asking once more ends it."""
    server, run_id = outage_server, outage_server.new_run()
    earlier = {f"a/{number}": os.urandom(MIB) for number in range(COMPLETIONS)}
    later = {name: os.urandom(SIZE) for name in earlier}
    for name, content in earlier.items():
        server.put(server.address(run_id, name), content)
    before, etags = server.files(), []
    uploads = [MlflowUpload(server, run_id, name) for name in earlier]
    for upload, content in zip(uploads, later.values(), strict=True):
        etags.append([upload.put(number, content[SIZE // 2 * (number - 1) :][: SIZE // 2]) for number in (1, 2)])
    with ThreadPoolExecutor(COMPLETIONS) as pool:
        for upload, tags in zip(uploads, etags, strict=True):
            pool.submit(upload.complete, tags)
            time.sleep(0.03)
        server.kill_web()
    server.start_web()
    are_done = [server.holds(run_id, {name: content}) for name, content in later.items()]
    expected = {name: (later if is_done else earlier)[name] for name, is_done in zip(later, are_done, strict=True)}
    assert server.holds(run_id, expected)
    statuses = [upload.complete(tags).status_code for upload, tags in zip(uploads, etags, strict=True)]
    assert statuses == [404 if is_done else 200 for is_done in are_done]
    assert server.holds(run_id, later)
    assert server.files("sweep") == before | {"bytes": before["bytes"] + COMPLETIONS * (SIZE - MIB)}


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
    jobs.kill_worker()


def kill_worker_and_broker(jobs: Jobs) -> None:
    """And what tells workers of jobs, which comes back empty."""
    jobs.kill_worker()
    jobs.kill_broker()
    jobs.start_broker()


@pytest.mark.parametrize("kill", [kill_worker, kill_worker_and_broker])
def test_worker_killed_while_it_completes_an_upload(outage_jobs: Jobs, kill: Callable[[Jobs], None]) -> None:
    jobs, root, digest = outage_jobs, new_native_root(outage_jobs.runfold), hashlib.sha256()
    run, sent = root.removesuffix("/artifacts"), headers(jobs.runfold)
    jobs.hold("done")
    jobs.start_worker()
    upload = requests.post(f"{run}/uploads", json={"path": "a/large"}, headers=sent).json()["upload_id"]
    for number in (1, 2):
        part = os.urandom(1024) * (35 * 1024)
        digest.update(part)
        assert requests.put(f"{run}/uploads/{upload}/parts/{number}", data=part, headers=sent).status_code == 200
    done = {"sha256": digest.hexdigest()}
    answer = requests.post(f"{run}/uploads/{upload}/complete", json=done, headers=sent)
    assert answer.status_code == 202, answer.text
    # The parts are one object by then, and most of it is read.
    jobs.wait_until_held()
    kill(jobs)
    jobs.let_go()
    assert requests.get(f"{root}/a/large", headers=sent).status_code == 404
    jobs.start_worker()
    job = jobs.wait_for_end(answer.json()["job_id"])
    assert (job["state"], job["attempts"], job["error"]) == ("succeeded", 2, ""), jobs.logs()
    back = requests.get(f"{root}/a/large", headers=sent)
    assert hashlib.sha256(back.content).hexdigest() == digest.hexdigest()
    assert requests.get(f"{run}/uploads/{upload}", headers=sent).status_code == 404
    jobs.kill_worker()
