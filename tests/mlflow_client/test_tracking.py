"""The stock client, unchanged, from the oldest that is promised to the newest that installs."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from tests.servers.fixtures import environment
from tests.servers.live import LiveRunfold

SCRIPT = Path(__file__).parent / "scripts" / "tracking.py"
# By what an environment needs: client 2.9 imports distutils and pkg_resources, which newer setuptools took away.
OLDEST = ("mlflow-skinny==2.9.2", "setuptools<81")
NEWEST = ("mlflow-skinny",)


@pytest.mark.mlflow_client
@pytest.mark.parametrize("requirements", [NEWEST, OLDEST], ids=["newest", "oldest"])
def test_everything_that_training_code_tracks(live_runfold: LiveRunfold, requirements: tuple[str, ...]) -> None:
    python = environment(*requirements)
    team = live_runfold.tracking_uri.rsplit("/", 2)[1]
    project = live_runfold.command("create_project", team, f"c-{uuid.uuid4().hex[:12]}")
    env = {
        **os.environ,
        "MLFLOW_TRACKING_URI": f"{live_runfold.url}/{team}/{project['slug']}",
        "MLFLOW_TRACKING_TOKEN": live_runfold.token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "SETUPTOOLS_USE_DISTUTILS": "stdlib",
    }
    done = subprocess.run([python, SCRIPT], env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "all is well" in done.stdout
