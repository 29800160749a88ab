"""Files that arrive in parts, by either protocol."""

from __future__ import annotations

from typing import Protocol

import requests

from tests.faults.outages import Installation
from tests.faults.test_artifact_streams import headers


class PartUpload(Protocol):
    """An upload of two parts that has begun."""

    def __init__(self, server: Installation, run_id: str, path: str) -> None: ...

    def address(self, number: int) -> str:
        """Where a part is PUT."""

    def put(self, number: int, content: bytes) -> str:
        """Store a part; its tag."""

    def complete(self, etags: list[str]) -> requests.Response:
        """End it, with the tags of all parts."""


class NativeUpload:
    """By /api/v1."""

    def __init__(self, server: Installation, run_id: str, path: str) -> None:
        self._server = server
        uploads = f"{server.runfold.url}/api/v1/runs/{run_id}/uploads"
        begun = server.request("POST", uploads, json={"path": path})
        assert begun.status_code == 201, begun.text
        self._place = f"{uploads}/{begun.json()['upload_id']}"

    def address(self, number: int) -> str:
        """See PartUpload."""
        return f"{self._place}/parts/{number}"

    def put(self, number: int, content: bytes) -> str:
        """See PartUpload."""
        return str(self._server.put(self.address(number), content).json()["etag"])

    def arrived(self) -> list[int]:
        """The parts that are there."""
        return [part["number"] for part in self._server.request("GET", self._place).json()["parts"]]

    def complete(self, etags: list[str]) -> requests.Response:
        """See PartUpload."""
        named = [{"number": number, "etag": etag} for number, etag in enumerate(etags, 1)]
        return self._server.request("POST", f"{self._place}/complete", json={"parts": named})


class MlflowUpload:
    """By MLflow's protocol, as its client does it: what create answers is where parts go, and with which headers."""

    def __init__(self, server: Installation, run_id: str, path: str) -> None:
        self._server = server
        folder, _, self._name = path.rpartition("/")
        self._routes = f"{server.runfold.tracking_uri}/api/2.0/mlflow-artifacts/mpu"
        self._folder = f"0/{run_id}/artifacts/{folder}"
        begun = self._post("create", num_parts=2)
        assert begun.status_code == 200, begun.text
        self._upload_id, self._credentials = begun.json()["upload_id"], begun.json()["credentials"]
        assert all(credential["headers"] == headers(server.runfold) for credential in self._credentials)

    def address(self, number: int) -> str:
        """See PartUpload."""
        return str(self._credentials[number - 1]["url"])

    def put(self, number: int, content: bytes) -> str:
        """See PartUpload."""
        return self._server.put(self.address(number), content).headers["ETag"]

    def complete(self, etags: list[str]) -> requests.Response:
        """See PartUpload."""
        parts = [
            {"part_number": number, "etag": etag, "url": self.address(number)} for number, etag in enumerate(etags, 1)
        ]
        return self._post("complete", upload_id=self._upload_id, parts=parts)

    def _post(self, route: str, **fields: object) -> requests.Response:
        return self._server.request(
            "POST", f"{self._routes}/{route}/{self._folder}", json={"path": self._name, **fields}
        )
