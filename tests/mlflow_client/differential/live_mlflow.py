"""MLflow's own server, in an environment of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.servers import process
from tests.servers.fixtures import environment
from tests.servers.session import Session


def start_mlflow(session: Session, home: Path) -> str:
    """Start the newest MLflow that installs, on SQLite in `home`, and return its address."""
    python, port = environment("mlflow"), process.free_port()
    words = f"server --host 127.0.0.1 --port {port} --workers 1 --artifacts-destination {home}/artifacts"
    process.start(
        session,
        [python.parent / "mlflow", *words.split(), "--backend-store-uri", f"sqlite:///{home}/mlflow.db"],
        log=home / "mlflow.log",
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        is_ready=lambda: process.answers(port),
        timeout_seconds=180,
    )
    return f"http://127.0.0.1:{port}"
