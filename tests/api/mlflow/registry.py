"""Registered models as a client of the MLflow protocol makes and reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson

from tests.api.artifacts.files import PROXY, Files
from tests.api.mlflow.caller import Caller, Reply

CONTENT = b"flavors: {}"
URI = "mlflow-artifacts:/"


@dataclass(frozen=True, slots=True)
class Registry:
    """Who calls; a run whose folder `model` has files."""

    caller: Caller
    run_id: str = ""

    def seen_by(self, caller: Caller) -> Registry:
        """The same run, named by somebody else."""
        return replace(self, caller=caller)

    @property
    def files(self) -> Files:
        """The run's files."""
        return Files(self.caller, "0", self.run_id)

    def get(self, path: str, **query: Any) -> Reply:
        """GET with a query."""
        return self.caller.get(path, **query)

    def post(self, path: str, **fields: Any) -> Reply:
        """POST a JSON body."""
        return self.caller.post(path, **fields)

    def patch(self, path: str, **fields: Any) -> Reply:
        """PATCH with a JSON body."""
        return self.caller.send("PATCH", path, orjson.dumps(fields))

    def delete(self, path: str, **fields: Any) -> Reply:
        """DELETE with a JSON body."""
        return self.caller.send("DELETE", path, orjson.dumps(fields))

    def new_model(self, name: str = "taxi", **fields: Any) -> str:
        """The name of a new registered model."""
        reply = self.post("registered-models/create", name=name, **fields)
        assert reply.status == 200, reply
        return name

    def create_version(self, name: str = "taxi", **fields: Any) -> Reply:
        """Register the run's model, or another source."""
        return self.post("model-versions/create", **{"name": name, "source": f"runs:/{self.run_id}/model", **fields})

    def new_version(self, name: str = "taxi", **fields: Any) -> str:
        """The number of a new version."""
        reply = self.create_version(name, **fields)
        assert reply.status == 200, reply
        return str(reply.body["model_version"]["version"])

    def model(self, name: str = "taxi") -> dict[str, Any]:
        """The model as registered-models/get shows it."""
        reply = self.get("registered-models/get", name=name)
        assert reply.status == 200, reply
        return dict(reply.body["registered_model"])

    def version(self, number: str = "1", name: str = "taxi") -> dict[str, Any]:
        """The version as model-versions/get shows it."""
        reply = self.get("model-versions/get", name=name, version=number)
        assert reply.status == 200, reply
        return dict(reply.body["model_version"])

    def stages(self, name: str = "taxi") -> dict[str, str]:
        """The stage of each version."""
        found = self.get("model-versions/search", filter=f"name = '{name}'").body.get("model_versions", [])
        return {version["version"]: version["current_stage"] for version in found}

    def root(self, number: str = "1", name: str = "taxi") -> str:
        """The address of a version's files, without its scheme."""
        uri = self.get("model-versions/get-download-uri", name=name, version=number).body["artifact_uri"]
        assert uri.startswith(URI)
        return str(uri.removeprefix(URI))

    def content(self, path: str = "MLmodel", number: str = "1", name: str = "taxi") -> bytes:
        """A file of a version."""
        answer = self.files.raw("GET", f"{PROXY}/artifacts/{self.root(number, name)}/{path}")
        assert answer.status_code == 200, answer
        return bytes(answer.content)

    def listed(self, number: str = "1", name: str = "taxi", folder: str = "") -> list[str]:
        """What lies in a folder of a version."""
        reply = self.files.ask(f"{PROXY}/artifacts", path=f"{self.root(number, name)}/{folder}".rstrip("/"))
        return [entry["path"] for entry in reply.body.get("files", [])]


def registry_of(caller: Caller) -> Registry:
    """A registry, and a run with a model of two files in it."""
    registry = Registry(caller, caller.new_run())
    for path in ("model/MLmodel", "model/data/weights.bin"):
        assert registry.files.put(path, CONTENT).status == 200
    return registry
