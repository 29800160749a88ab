"""Webhooks from end to end: a live server, workers that are killed, a real receiver of HTTPS."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from tests.faults.test_jobs import Installation, start_installation
from tests.servers import live
from tests.servers.receiver import HOST, Receiver, receiver
from tests.servers.session import Session

pytestmark = pytest.mark.faults


class Hooked:
    """An installation with a webhook to a receiver."""

    def __init__(self, installation: Installation, to: Receiver) -> None:
        self.installation, self.receiver = installation, to
        self.token = installation.runfold.admin_token()
        new = {"name": "hook", "url": to.url(host=HOST), "events": ["run.finished"]}
        self.webhook = self.api("POST", "webhooks", new)
        self.secret: str = self.webhook["secret"]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the native API of the project."""
        of = self.installation
        address = f"{of.runfold.url}/api/v1/projects/{of.team}/{of.project}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, address, json=body, headers=headers, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def finish_a_run(self) -> str:
        """As training code does; the run's id."""
        run = self._mlflow("runs/create", experiment_id="0", start_time=1)
        run_id: str = run["run"]["info"]["run_id"]
        self._mlflow("runs/update", run_id=run_id, status="FINISHED", end_time=2)
        return run_id

    def deliveries(self) -> list[dict[str, Any]]:
        """The log."""
        found: list[dict[str, Any]] = self.api("GET", f"webhooks/{self.webhook['webhook_id']}/deliveries")["items"]
        return found

    def wait_for_delivery(self) -> dict[str, Any]:
        """The one delivery there is, once it has arrived."""
        (delivery,) = self.deliveries()
        job = self.api("GET", "jobs?kind=deliver_webhook")["items"][0]
        self.installation.wait_for_end(job["job_id"])
        (delivery,) = self.deliveries()
        return delivery

    def _mlflow(self, path: str, **body: Any) -> Any:
        of = self.installation.runfold
        headers = {"Authorization": f"Bearer {of.token}"}
        answer = requests.post(f"{of.tracking_uri}/api/2.0/mlflow/{path}", json=body, headers=headers, timeout=20)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def hooked(server_session: Session, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hooked]:
    with receiver(tmp_path) as to:
        installation = start_installation(
            server_session,
            request.node.name,
            DJANGO_SETTINGS_MODULE="tests.faults.webhook_settings",
            RUNFOLD_WEBHOOKS_CA_FILE=str(to.ca_file),
            RUNFOLD_WEBHOOKS_DEADLINE_SECONDS="60",
        )
        try:
            yield Hooked(installation, to)
        finally:
            installation.end()


def test_errors_then_success_with_one_id_and_valid_signatures(hooked: Hooked) -> None:
    hooked.receiver.statuses += [500, 500]
    hooked.installation.start_beat()
    hooked.installation.start_worker()
    run_id = hooked.finish_a_run()
    arrived = hooked.receiver.wait_for(3)
    delivery = hooked.wait_for_delivery()
    assert (delivery["state"], delivery["attempts"], delivery["status_code"]) == ("delivered", 3, 204)
    assert {each.headers["X-MLflow-Delivery-Id"] for each in arrived} == {delivery["delivery_id"]}
    assert all(each.is_signed_with(hooked.secret) for each in arrived)
    assert arrived[0].message["data"]["run_id"] == run_id
    assert len(arrived) == 3


def test_killed_between_commit_and_send_it_arrives_once_the_worker_is_back(hooked: Hooked) -> None:
    """The server is killed as soon as it has answered, and the first worker before it has sent anything."""
    installation = hooked.installation
    run_id = hooked.finish_a_run()
    os.killpg(installation.runfold.pid, signal.SIGKILL)
    installation.start_beat()
    (installation.home / "hold").touch()
    installation.start_worker()
    installation.wait_until_held()
    installation.kill_worker()
    assert not hooked.receiver.received
    installation.let_go()
    again = live.start_again(installation.session, installation.runfold)
    installation.runfold = msgspec.structs.replace(installation.runfold, pid=again.pid)
    installation.start_worker()
    hooked.receiver.wait_for(1)
    delivery = hooked.wait_for_delivery()
    (arrived,) = hooked.receiver.received
    assert arrived.is_signed_with(hooked.secret)
    assert (arrived.message["data"]["run_id"], delivery["state"]) == (run_id, "delivered")
    assert arrived.headers["X-MLflow-Delivery-Id"] == delivery["delivery_id"]
