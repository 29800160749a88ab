"""The worker is killed again and again while it empties the trash: all of that goes, exactly, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.faults.inspector import Inspector
from tests.faults.test_jobs import PATIENCE_SECONDS, start_installation
from tests.faults.test_jobs import Installation as Jobs
from tests.servers.session import Session

pytestmark = pytest.mark.faults

# What has just been done when it is killed: an experiment has gone with its runs; then some of their points, and then
# some of their files. Each attempt ends at the next.
MOMENTS = ("runs", "points", "files")
KEYS = ("loss", "accuracy")
STEPS = 400
# More than are removed at once, small ones in rows, and one of each run in the store.
MANY_FILES = 300
LARGE = 40_000


class Project:
    """What is logged and seen over HTTP."""

    def __init__(self, jobs: Jobs) -> None:
        words = ("--user", jobs.runfold.bootstrap["email"], "--scopes", "read,write,admin")
        token = jobs.runfold.command("create_token", jobs.team, *words)["token"]
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._protocol = f"{jobs.runfold.tracking_uri}/api/2.0"
        self.native = f"{jobs.runfold.url}/api/v1"
        self.own = f"{self.native}/projects/{jobs.team}/{jobs.project}"

    def call(self, method: str, url: str, **arguments: Any) -> Any:
        """A request that has to work; its JSON."""
        answer = self._http.request(method, url, timeout=60, **arguments)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def post(self, route: str, **fields: Any) -> Any:
        """A request of MLflow's protocol."""
        return self.call("POST", f"{self._protocol}/mlflow/{route}", json=fields)

    def new_run(self, experiment_id: str, *, files: int = 1) -> str:
        """A run with params, tags, points and files: one that all runs have, one of its own, some small ones."""
        run = self.post("runs/create", experiment_id=experiment_id, start_time=1)["run"]["info"]["run_id"]
        for key in KEYS:
            points = [{"key": key, "value": step / 7, "timestamp": step, "step": step} for step in range(STEPS)]
            entries = [{"key": f"{key}-{number}", "value": str(number)} for number in range(20)]
            self.post("runs/log-batch", run_id=run, metrics=points, params=entries, tags=entries)
        contents = {"shared.bin": b"s" * LARGE, "own.bin": os.urandom(LARGE)}
        contents |= {f"many/{number % 3}/{number}": f"{run} {number}".encode() for number in range(files)}
        for path, content in contents.items():
            self.call("PUT", self._file(experiment_id, run, path), data=content)
        return str(run)

    def begin_upload(self, run: str) -> None:
        """An upload of which one part has arrived, and no other comes."""
        uploads = f"{self.native}/runs/{run}/uploads"
        upload = self.call("POST", uploads, json={"path": "half.bin"})["upload_id"]
        self.call("PUT", f"{uploads}/{upload}/parts/1", data=os.urandom(LARGE))

    def seen(self, run: str) -> dict[str, Any]:
        """All that there is to see of a run of experiment 0."""
        mlflow = f"{self._protocol}/mlflow"
        found = {"run": self.call("GET", f"{mlflow}/runs/get", params={"run_id": run})}
        for key in KEYS:
            found[key] = self.call("GET", f"{mlflow}/metrics/get-history", params={"run_id": run, "metric_key": key})
        for path in ("shared.bin", "own.bin", "many/0/0"):
            found[path] = self._http.get(self._file("0", run, path)).content
        return found

    def is_absent(self, run: str) -> bool:
        """Whether nobody sees a run any more."""
        return self._http.get(f"{self.native}/runs/{run}").status_code == 404

    def _file(self, experiment_id: str, run: str, path: str) -> str:
        return f"{self._protocol}/mlflow-artifacts/artifacts/{experiment_id}/{run}/artifacts/{path}"


@pytest.fixture
def purge_jobs(server_session: Session) -> Iterator[Jobs]:
    made = start_installation(server_session, "purge_jobs")
    made.start_beat()
    yield made
    made.end()


def wait_for_digest(inspector: Inspector, *, ended: str, others: list[str]) -> None:
    """Until the points of the ended run are sealed and those of the others folded.

    Folding removes points that it finds of a doomed run, and the purge could not count them.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    wanted = {ended: "MetricSegment"} | dict.fromkeys(others, "MetricSummary")
    while any(table not in inspector.rows(run) for run, table in wanted.items()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_worker_killed_again_and_again_while_it_empties_the_trash(purge_jobs: Jobs) -> None:
    jobs, project, inspector = purge_jobs, Project(purge_jobs), Inspector(purge_jobs.runfold)
    jobs.hold(MOMENTS[0])
    jobs.start_worker()
    kept = project.new_run("0")
    before, kept_rows = project.seen(kept), inspector.rows(kept)
    files, usage = inspector.files(), project.call("GET", f"{project.own}/storage")["project"]
    experiment = project.post("experiments/create", name="over")["experiment_id"]
    gone = [project.new_run(experiment, files=MANY_FILES), project.new_run(experiment), project.new_run("0")]
    for run in gone[:2]:
        project.begin_upload(run)
    project.post("runs/update", run_id=gone[0], status="FINISHED", end_time=2)
    wait_for_digest(inspector, ended=gone[0], others=gone[1:])
    project.post("experiments/delete", experiment_id=experiment)
    project.post("runs/delete", run_id=gone[2])
    job_id = project.call("POST", f"{project.own}/trash/empty", json={})["job_id"]
    for number, _ in enumerate(MOMENTS, 1):
        jobs.wait_until_held()
        jobs.kill_worker()
        # Of what has begun to go nobody sees a half.
        assert [project.is_absent(run) for run in gone] == [True, True, False]
        assert inspector.files("totals")["files"] > files["files"]
        assert project.seen(kept) == before
        if number < len(MOMENTS):
            jobs.hold(MOMENTS[number])
        else:
            jobs.let_go()
        jobs.start_worker()
    job = jobs.wait_for_end(job_id)
    ended = ("succeeded", len(MOMENTS) + 1, "")
    assert (job["state"], job["attempts"], job["error"]) == ended, jobs.logs()
    points, removed = len(gone) * len(KEYS) * STEPS, MANY_FILES + 2 + 3 * 2
    assert job["note"] == f"{len(gone)} runs, {points:,} points and {removed} files removed"
    assert [project.is_absent(run) for run in gone] == [True] * 3
    assert [inspector.rows(run) for run in gone] == [{}] * 3
    assert project.call("GET", f"{project.own}/trash")["items"] == []
    assert project.call("GET", f"{project.own}/storage")["project"] == usage
    assert inspector.files("sweep") == files
    assert project.seen(kept) == before
    assert kept_rows.keys() <= inspector.rows(kept).keys() | {"MetricBlock"}
    inspector.end()
