"""The files of one run, as a client of the MLflow protocol sends and fetches them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.test import Client

from tests.api.mlflow.caller import Caller, Reply

PROXY = "/api/2.0/mlflow-artifacts"


@dataclass(frozen=True, slots=True)
class Files:
    """The run's root, and who calls."""

    caller: Caller
    experiment_id: str
    run_id: str

    def seen_by(self, caller: Caller) -> Files:
        """The same run, asked for by somebody else."""
        return replace(self, caller=caller)

    @property
    def root(self) -> str:
        """What stands before every path."""
        return f"{self.experiment_id}/{self.run_id}/artifacts"

    def put(self, path: str, content: bytes = b"content") -> Reply:
        """Upload a file."""
        return self.caller.send("PUT", f"{PROXY}/artifacts/{self.address(path)}", content, "text/plain")

    def get(self, path: str, **headers: Any) -> Any:
        """Download a file; the whole answer, also of one that is streamed."""
        return self.raw("GET", f"{PROXY}/artifacts/{self.address(path)}", **headers)

    def raw(self, method: str, path: str, body: bytes = b"", **headers: Any) -> Any:
        """Any request, its answer with headers."""
        sent = {**self.caller.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer: Any = Client().generic(method, self.caller.base + path, body, headers=sent)
        if answer.streaming:
            whole = HttpResponse(b"".join(answer.streaming_content), status=answer.status_code)
            whole.headers = answer.headers
            return whole
        return answer

    def delete(self, path: str = "") -> Reply:
        """Delete a file or folder."""
        return self.caller.send("DELETE", f"{PROXY}/artifacts/{self.address(path)}")

    def entries(self, folder: str = "") -> list[dict[str, Any]]:
        """What the proxy lists."""
        reply = self.ask(f"{PROXY}/artifacts", path=f"{self.root}/{folder}" if folder else self.root)
        assert reply.status == 200, reply
        return list(reply.body.get("files", []))

    def ask(self, route: str, /, **query: str) -> Reply:
        """GET with a query."""
        return self.caller.send("GET", f"{route}?{urlencode(query)}")

    def names(self, folder: str = "") -> list[str]:
        """The names that the proxy lists."""
        return [entry["path"] for entry in self.entries(folder)]

    def address(self, path: str) -> str:
        """The path behind the root, quoted."""
        return quote(f"{self.root}/{path}")


def sha256(content: bytes) -> str:
    """The SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
