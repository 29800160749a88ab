"""Record MLflow's answers: `python -m tests.mlflow_client.differential.record`, with `--uri` to ask a server that runs."""

from __future__ import annotations

import argparse
import sys

from tests.mlflow_client.differential import recording
from tests.mlflow_client.differential.case import Wire
from tests.mlflow_client.differential.corpus import CASES
from tests.mlflow_client.differential.live_mlflow import start_mlflow
from tests.mlflow_client.differential.replay import http_sender, replay
from tests.servers.session import current


def main() -> None:
    """Replay the corpus against MLflow and write its recording."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", help="an MLflow server with an SQL store; without it the newest MLflow is started")
    given: str | None = parser.parse_args().uri
    session = current()
    try:
        send = http_sender(given or start_mlflow(session, session.directory))
        version = send(Wire("GET", "/version", "", b"", None))[1].decode().strip()
        path = recording.save({case.name: replay(case, send) for case in CASES}, version)
    finally:
        session.close()
    sys.stdout.write(f"{len(CASES)} cases recorded in {path}\n")


if __name__ == "__main__":
    main()
