"""The stock client's models: logged, found, loaded again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.fixtures import environment
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.mlflow_client

SCRIPTS = Path(__file__).parent / "scripts"


def run(python: Path, script: str, server: LiveRunfold, **variables: str) -> None:
    env = {
        **os.environ,
        "MLFLOW_TRACKING_URI": server.tracking_uri,
        "MLFLOW_TRACKING_TOKEN": server.token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **variables,
    }
    done = subprocess.run(
        [python, SCRIPTS / script], env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_logged_models(live_runfold: LiveRunfold) -> None:
    run(environment("mlflow"), "models.py", live_runfold)
