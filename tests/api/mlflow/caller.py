"""A caller of the MLflow protocol: raw requests as a training script's HTTP library would send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.test import Client

START_MS = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body of an answer."""

    status: int
    body: Any

    @property
    def code(self) -> str | None:
        """The error code; None for a success."""
        code: str | None = self.body.get("error_code") if isinstance(self.body, dict) else None
        return code

    @property
    def message(self) -> str:
        """The message of an error."""
        return str(self.body["message"])


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls with one credential, within one project unless `base` is empty."""

    headers: Mapping[str, str]
    base: str = "/acme/vision"

    def post(self, path: str, _body: Any = None, /, **fields: Any) -> Reply:
        """POST a JSON body below `api/2.0/mlflow/`, or at `path` when it starts with a slash."""
        return self.send("POST", path, orjson.dumps(fields if _body is None else _body))

    def get(self, path: str, **query: Any) -> Reply:
        """GET with a query; lists are repeated parameters."""
        response = Client().get(self._address(path), query, headers=dict(self.headers))
        return _reply(response)

    def send(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Reply:
        """Any request, its body as it is."""
        response = Client().generic(
            method, self._address(path), body, content_type=content_type, headers=dict(self.headers)
        )
        return _reply(response)

    def new_experiment(self, name: str = "training", **fields: Any) -> str:
        """The id of a new experiment."""
        return str(self._ok(self.post("experiments/create", name=name, **fields))["experiment_id"])

    def new_run(self, experiment_id: str = "0", **fields: Any) -> str:
        """The id of a new run."""
        fields = {"experiment_id": experiment_id, "start_time": START_MS, **fields}
        return str(self._ok(self.post("runs/create", **fields))["run"]["info"]["run_id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """The run as runs/get shows it."""
        return dict(self._ok(self.get("runs/get", run_id=run_id))["run"])

    def data(self, run_id: str, kind: str) -> dict[str, Any]:
        """Metrics (latest values), params or tags of a run, by key."""
        return {entry["key"]: entry["value"] for entry in self.run(run_id)["data"].get(kind, [])}

    def _address(self, path: str) -> str:
        return self.base + (path if path.startswith("/") else f"/api/2.0/mlflow/{path}")

    @staticmethod
    def _ok(reply: Reply) -> Any:
        assert reply.status == 200, reply
        return reply.body


def _reply(response: Any) -> Reply:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    try:
        return Reply(response.status_code, orjson.loads(content) if content else None)
    except orjson.JSONDecodeError:
        return Reply(response.status_code, content.decode())
