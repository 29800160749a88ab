"""The stock client's models: logged, found, loaded again."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from tests.servers.fixtures import environment
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.mlflow_client

SCRIPTS = Path(__file__).parent / "scripts"


def run(python: Path, server: LiveRunfold, *command: str, **variables: str) -> None:
    env = {
        **os.environ,
        "MLFLOW_TRACKING_URI": server.tracking_uri,
        "MLFLOW_TRACKING_TOKEN": server.token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **variables,
    }
    script, *words = command
    done = subprocess.run(
        [python, SCRIPTS / script, *words], env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_logged_models(live_runfold: LiveRunfold) -> None:
    run(environment("mlflow"), live_runfold, "models.py")


def test_registry(live_runfold: LiveRunfold) -> None:
    run(environment("mlflow"), live_runfold, "registry.py", f"m-{uuid.uuid4().hex[:8]}")


def test_registry_with_the_oldest_client_that_installs(live_runfold: LiveRunfold) -> None:
    python = environment("mlflow==2.9.2", "setuptools<81", "numpy<2")
    run(python, live_runfold, "registry.py", f"m-{uuid.uuid4().hex[:8]}", SETUPTOOLS_USE_DISTUTILS="stdlib")


def test_approvals(live_runfold: LiveRunfold) -> None:
    team, project = live_runfold.tracking_uri.split("/")[-2:]
    other = f"{uuid.uuid4().hex[:8]}@example.test"
    live_runfold.command("create_user", other)
    live_runfold.command("add_member", team, other, "--role", "admin")
    token = live_runfold.command("create_token", team, "--user", other, "--scopes", "admin")["token"]
    run(
        environment("mlflow"),
        live_runfold,
        "approvals.py",
        f"m-{uuid.uuid4().hex[:8]}",
        RUNFOLD_API=f"{live_runfold.url}/api/v1/projects/{team}/{project}",
        OTHER_TOKEN=token,
    )
