"""A Runfold of a test's own, parts of which are killed while files arrive."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from tests.faults.inspector import Inspector
from tests.faults.test_artifact_streams import headers, new_root
from tests.servers import live, postgres, process, seaweedfs
from tests.servers.buckets import new_bucket
from tests.servers.live import LiveRunfold
from tests.servers.plugin import database_kind
from tests.servers.restarts import Restartable
from tests.servers.session import Session

MIB = 1024 * 1024


class HalfUpload(threading.Thread):
    """A PUT that stops in the middle until it is let go."""

    def __init__(self, url: str, content: bytes, sent: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.answer: requests.Response | None = None
        self._url, self._content, self._headers = url, content, sent
        self._is_half_sent, self._goes_on = threading.Event(), threading.Event()
        self.start()
        assert self._is_half_sent.wait(20)
        time.sleep(0.3)  # what is on the way to the server arrives

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        middle = len(self._content) // 2
        for start in range(0, middle, MIB):
            yield self._content[start : min(start + MIB, middle)]
        self._is_half_sent.set()
        self._goes_on.wait(30)
        for start in range(middle, len(self._content), MIB):
            yield self._content[start : start + MIB]

    def run(self) -> None:
        """Send it."""
        sent: Any = self
        try:
            self.answer = requests.put(self._url, data=sent, headers=self._headers, timeout=60)
        except requests.ConnectionError:
            self.answer = None

    def end(self) -> requests.Response | None:
        """Send the rest; the answer, None where nobody answered."""
        self._goes_on.set()
        self.join(60)
        assert not self.is_alive()
        return self.answer


class Installation:
    """The server, what it depends on and what is in it."""

    def __init__(self, session: Session, runfold: LiveRunfold, parts: dict[str, Restartable]) -> None:
        self.session, self.runfold, self.parts = session, runfold, parts
        self._inspector = Inspector(runfold)

    def kill_web(self) -> None:
        """Every process of the web server at once."""
        os.killpg(self.runfold.pid, signal.SIGKILL)
        while process.answers(self.runfold.port):
            time.sleep(0.05)

    def start_web(self) -> None:
        """Once more, at the same address."""
        self.runfold = live.start_again(self.session, self.runfold)

    def log(self) -> str:
        """What the web server said last."""
        return process.tail(Path(self.runfold.data_dir) / "web.log")

    def end(self) -> None:
        """Nothing of it is left."""
        self._inspector.end()
        for pid in (self.runfold.pid, *(part.pid for part in self.parts.values())):
            os.killpg(pid, signal.SIGKILL)

    def files(self, action: str = "look") -> dict[str, int]:
        """What the project keeps, once it is known to be consistent; `sweep` to sweep before."""
        return self._inspector.files(action)

    def new_root(self) -> str:
        """The address of a new run's files."""
        return new_root(self.runfold)

    def new_run(self) -> str:
        """The id of a new run."""
        return self.new_root().rpartition("/artifacts/0/")[2].partition("/")[0]

    def address(self, run_id: str, path: str) -> str:
        """The address of a file of a run."""
        return f"{self.runfold.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{path}"

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """As the first owner."""
        return requests.request(method, url, headers=headers(self.runfold), timeout=60, **arguments)

    def half_upload(self, url: str, content: bytes) -> HalfUpload:
        """One that has begun."""
        return HalfUpload(url, content, headers(self.runfold))

    def put(self, url: str, content: bytes) -> requests.Response:
        """Store a file or a part, as it has to work."""
        answer = self.request("PUT", url, data=content)
        assert answer.status_code == 200, answer.text
        return answer

    def holds(self, run_id: str, files: Mapping[str, bytes]) -> bool:
        """Whether a run has these files, each byte for byte; False where one of them is another."""
        answers = {path: self.request("GET", self.address(run_id, path)) for path in files}
        assert {answer.status_code for answer in answers.values()} == {200}
        return all(answers[path].content == content for path, content in files.items())

    def is_whole(self, url: str, sha256: str) -> bool:
        """Whether those bytes are there; False for none at all."""
        answer = self.request("GET", url)
        assert answer.status_code in {200, 404}, answer.text
        if answer.status_code == 404:
            return False
        assert hashlib.sha256(answer.content).hexdigest() == sha256
        return True


def _home(session: Session, name: str) -> Path:
    home = session.directory / f"outage-{name}-{os.getpid()}"
    home.mkdir(mode=0o755)
    return home


def on_disk(session: Session) -> Installation:
    """Files in a folder."""
    return Installation(session, live.start(session, _home(session, "disk"), database_kind()), {})


def on_s3(session: Session) -> Installation:
    """Files in a SeaweedFS of its own."""
    home = _home(session, "s3")
    (home / "seaweedfs").mkdir()
    store = seaweedfs.start(session, home / "seaweedfs")
    settings = {
        "RUNFOLD_ARTIFACT_STORE": f"s3://{new_bucket(store)['bucket']}/runfold",
        "RUNFOLD_S3_ENDPOINT_URL": store.endpoint_url,
        "RUNFOLD_S3_ACCESS_KEY": store.access_key,
        "RUNFOLD_S3_SECRET_KEY": store.secret_key,
    }
    part = Restartable(session, store.pid, log=home / "weed.log", is_ready=lambda: process.answers(store.port))
    return Installation(session, live.start(session, home, database_kind(), settings=settings), {"store": part})


def on_postgres(session: Session) -> Installation:
    """On a PostgreSQL of its own, which forgets nothing that it has acknowledged."""
    home = _home(session, "postgres")
    (home / "postgres").mkdir(mode=0o755)
    server = postgres.start(session, home / "postgres", options=())
    settings = {"RUNFOLD_DATABASE_URL": postgres.create_database(server, "outage")}
    part = Restartable(session, server.pid, log=home / "postgres.log", is_ready=lambda: postgres.accepts(server.port))
    return Installation(session, live.start(session, home, "sqlite", settings=settings), {"database": part})
