"""The stock client's files: on a folder, on S3 through the server, and on S3 directly."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.fixtures import environment
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.mlflow_client

SCRIPT = Path(__file__).parent / "scripts" / "artifacts.py"
BESIDE = ("numpy", "pandas", "pillow", "matplotlib")
SERVERS = {"disk": "live_runfold", "s3": "live_runfold_on_s3", "direct": "live_runfold_on_direct_s3"}
IN_PARTS = {
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
    "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "1",
}


@pytest.fixture(scope="module")
def python() -> Path:
    """The newest stock client, and what makes figures, images and tables."""
    return environment("mlflow-skinny", *BESIDE)


@pytest.fixture(params=list(SERVERS))
def artifact_server(request: pytest.FixtureRequest) -> LiveRunfold:
    server: LiveRunfold = request.getfixturevalue(SERVERS[request.param])
    return server


def run(python: Path, server: LiveRunfold, megabytes: int, **variables: str) -> None:
    env = {
        **os.environ,
        "MLFLOW_TRACKING_URI": server.tracking_uri,
        "MLFLOW_TRACKING_TOKEN": server.token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **variables,
    }
    done = subprocess.run(
        [python, SCRIPT, str(megabytes)], env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_everything_that_the_client_logs_comes_back(artifact_server: LiveRunfold, python: Path) -> None:
    run(python, artifact_server, 0)


def test_everything_in_parts(artifact_server: LiveRunfold, python: Path) -> None:
    run(python, artifact_server, 0, **IN_PARTS)


def test_a_large_file(artifact_server: LiveRunfold, python: Path) -> None:
    run(python, artifact_server, 40)


def test_a_large_file_in_parts(artifact_server: LiveRunfold, python: Path) -> None:
    run(python, artifact_server, 40, **IN_PARTS)


def test_the_oldest_client_that_installs(artifact_server: LiveRunfold) -> None:
    python = environment("mlflow-skinny==2.9.2", "setuptools<81", *BESIDE)
    run(python, artifact_server, 0, SETUPTOOLS_USE_DISTUTILS="stdlib")
