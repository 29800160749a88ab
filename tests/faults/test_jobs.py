"""Workers and the broker are killed for real: every job ends, and goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers import live, valkey
from tests.servers.live import LiveRunfold
from tests.servers.plugin import database_kind
from tests.servers.process import free_port
from tests.servers.session import Session

pytestmark = pytest.mark.faults

STEPS = 25
STEP_SECONDS = 0.1
# Lease 2 s, sweep 1 s, retry 1 s, start of a worker some seconds: on a busy machine.
PATIENCE_SECONDS = 180


class Installation:
    """A Runfold with a Valkey of its own, and its jobs as the API shows them."""

    def __init__(self, session: Session, home: Path, runfold: LiveRunfold, broker: valkey.ValkeyServer) -> None:
        self.session, self.home, self.runfold, self.broker = session, home, runfold, broker
        self.team, self.project = runfold.tracking_uri.split("/")[-2:]
        self.lines = home / "steps.txt"
        self.started: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A worker for jobs."""
        worker = live.start_jobs_worker(self.session, self.runfold)
        self.started.append(worker)
        return worker

    def start_beat(self) -> None:
        """The worker that sweeps."""
        self.started.append(live.start_worker(self.session, self.runfold))

    def end(self) -> None:
        """End what was started."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pid in (self.runfold.pid, self.broker.pid):
            os.killpg(pid, signal.SIGKILL)

    def enqueue(self, kind: str = "steps") -> str:
        """A new job's id."""
        args = {"steps": STEPS, "seconds": STEP_SECONDS, "file": str(self.lines)}
        words = [self.team, self.project, kind, json.dumps(args)]
        return live.run([sys.executable, "-m", "tests.faults.job_process", *words], self.runfold.env)

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as the API shows it."""
        address = f"{self.runfold.url}/api/v1/projects/{self.team}/{self.project}/jobs/{job_id}"
        answer = requests.get(address, headers={"Authorization": f"Bearer {self.runfold.token}"}, timeout=20)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def hold(self, figure: str, least: int = 1) -> None:
        """Have jobs wait at the first checkpoint at which a figure is so great (see job_handlers)."""
        (self.home / "held").unlink(missing_ok=True)
        # At once whole: a job may look at any moment.
        (self.home / "hold.new").write_text(f"{figure} {least}")
        (self.home / "hold.new").rename(self.home / "hold")

    def wait_until_held(self) -> None:
        """Return once a job waits."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self.home / "held").exists():
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.05)

    def let_go(self) -> None:
        """Let jobs run as they do."""
        (self.home / "hold").unlink()

    def kill_worker(self) -> None:
        """The one that was started last."""
        os.killpg(self.started[-1].pid, signal.SIGKILL)
        self.started[-1].wait()

    def kill_broker(self) -> None:
        """What tells workers of jobs."""
        os.killpg(self.broker.pid, signal.SIGKILL)

    def start_broker(self) -> None:
        """At the same address, with nothing in it."""
        self.broker = valkey.start(self.session, self.home, port=self.broker.port)

    def wait(self, job_id: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The job once it is as it should be."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(job := self.job(job_id)):
            assert time.monotonic() < deadline, (job, self.logs())
            time.sleep(0.05)
        return job

    def wait_for_end(self, job_id: str) -> dict[str, Any]:
        """The job once nothing more happens to it."""
        return self.wait(job_id, lambda job: job["ended_at"] is not None)

    def steps(self) -> list[tuple[int, int]]:
        """Which process did each step, in order."""
        return [(int(pid), int(step)) for pid, step in map(str.split, self.lines.read_text().splitlines())]

    def logs(self) -> str:
        """What the workers said."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self.home.glob("*.log"))


@pytest.fixture
def installation(server_session: Session, request: pytest.FixtureRequest) -> Iterator[Installation]:
    made = start_installation(server_session, request.node.name)
    yield made
    made.end()


def start_installation(session: Session, test: str, **more: str) -> Installation:
    """A Runfold for one test, to be ended by it; `more` are variables of its environment."""
    name = "".join(letter if letter.isalnum() else "-" for letter in test.removeprefix("test_")[-30:])
    home = session.directory / f"jobs-{name}-{os.getpid()}"
    home.mkdir(mode=0o755)
    broker = valkey.start(session, home, port=free_port())
    settings = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.job_settings",
        "RUNFOLD_BROKER_URL": broker.url(),
        "RUNFOLD_JOB_LEASE_SECONDS": "2",
        "RUNFOLD_JOB_RETRY_SECONDS": "1",
        "RUNFOLD_JOB_SWEEP_SECONDS": "1",
        **more,
    }
    runfold = live.start(session, home, database_kind(), settings=settings)
    return Installation(session, home, runfold, broker)


def has_begun(job: dict[str, Any]) -> bool:
    return bool(job["progress_done"] >= 3)


def test_killed_in_the_middle_another_worker_ends_it(installation: Installation) -> None:
    installation.start_beat()
    first = installation.start_worker()
    job_id = installation.enqueue()
    installation.wait(job_id, has_begun)
    installation.kill_worker()
    second = installation.start_worker()
    job = installation.wait_for_end(job_id)
    assert (job["state"], job["attempts"], job["progress_done"]) == ("succeeded", 2, STEPS), installation.logs()
    steps = installation.steps()
    # The step at which it was killed may have been done and not saved: once more, and no other.
    assert STEPS <= len(steps) <= STEPS + 1
    assert sorted({step for _, step in steps}) == list(range(STEPS))
    assert {pid for pid, _ in steps} == {first.pid, second.pid}


def test_asked_to_stop_it_gives_the_job_back_and_nothing_is_done_twice(installation: Installation) -> None:
    first = installation.start_worker()
    job_id = installation.enqueue()
    installation.wait(job_id, has_begun)
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=10) == 0, installation.logs()
    waiting = installation.job(job_id)
    assert (waiting["state"], waiting["attempts"], waiting["error"]) == ("queued", 0, "")
    # There is no sweeper here: the worker that stopped has told the others.
    installation.start_worker()
    job = installation.wait_for_end(job_id)
    assert (job["state"], job["attempts"]) == ("succeeded", 1)
    assert [step for _, step in installation.steps()] == list(range(STEPS))


def test_jobs_outlive_the_broker(installation: Installation) -> None:
    installation.start_beat()
    installation.start_worker()
    running = installation.enqueue()
    installation.wait(running, has_begun)
    installation.kill_broker()
    enqueued_without_a_broker = installation.enqueue()
    time.sleep(1)
    installation.start_broker()
    for job_id in (running, enqueued_without_a_broker):
        job = installation.wait_for_end(job_id)
        assert (job["state"], job["attempts"]) == ("succeeded", 1), installation.logs()


def test_what_never_succeeds_is_a_visible_dead_letter(installation: Installation) -> None:
    installation.start_beat()
    installation.start_worker()
    job = installation.wait_for_end(installation.enqueue("broken"))
    assert (job["state"], job["attempts"], job["max_attempts"]) == ("failed", 3, 3)
    assert "ZeroDivisionError" in job["error"]
