"""Somebody with a team, a project and a token on the live server, who looks at it with a browser."""

from __future__ import annotations

import math
import secrets
import time
from dataclasses import dataclass
from typing import Any

import requests
from playwright.sync_api import Page

from tests.servers.live import LiveRunfold

POINTS_PER_REQUEST = 1000


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person of their own, so that tests may share the server."""

    runfold: LiveRunfold
    email: str
    team: str
    token: str

    @property
    def project_url(self) -> str:
        """Their project's page, which is the tracking URI too."""
        return f"{self.runfold.url}/{self.team}/vision"

    def sign_in(self, page: Page) -> None:
        """By a link that works once."""
        page.goto(self.runfold.command("sign_in_link", self.email)["url"])
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{self.runfold.url}/")

    def mlflow(self, path: str, **body: Any) -> dict[str, Any]:
        """A request of the MLflow protocol."""
        answer = requests.post(
            f"{self.project_url}/api/2.0/mlflow/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def log_run(self, name: str, *, values: dict[str, list[float]], params: dict[str, str] | None = None) -> str:
        """A run that is still running, its points one step and one second apart; its id."""
        now_ms = time.time_ns() // 1_000_000
        created = self.mlflow("runs/create", experiment_id="0", run_name=name, start_time=now_ms, tags=[])
        run_id: str = created["run"]["info"]["run_id"]
        if params:
            entries = [{"key": key, "value": value} for key, value in params.items()]
            self.mlflow("runs/log-batch", run_id=run_id, params=entries)
        for key, points in values.items():
            self.log_points(run_id, key, points, now_ms=now_ms)
        return run_id

    def log_points(self, run_id: str, key: str, values: list[float], *, now_ms: int, first_step: int = 0) -> None:
        """Points of one metric."""
        points = [
            {"key": key, "value": _json(value), "step": step, "timestamp": now_ms + 1000 * step}
            for step, value in enumerate(values, first_step)
        ]
        for start in range(0, len(points), POINTS_PER_REQUEST):
            self.mlflow("runs/log-batch", run_id=run_id, metrics=points[start : start + POINTS_PER_REQUEST])

    def end_run(self, run_id: str) -> None:
        """It has finished."""
        self.mlflow("runs/update", run_id=run_id, status="FINISHED", end_time=time.time_ns() // 1_000_000)


def _json(value: float) -> float | str:
    """JSON has no NaN: the protocol spells it."""
    return "NaN" if math.isnan(value) else value


def make_visitor(runfold: LiveRunfold) -> Visitor:
    """A new user who owns a new team with a project, and has a token for it."""
    team = f"team-{secrets.token_hex(4)}"
    email = f"{team}@example.test"
    runfold.command("create_user", email)
    runfold.command("create_team", team, "--owner", email)
    runfold.command("create_project", team, "vision")
    token = runfold.command("create_token", team, "--user", email, "--project", "vision")["token"]
    return Visitor(runfold, email, team, token)
