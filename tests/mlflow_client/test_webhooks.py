"""The stock client's webhook methods, with a receiver that something arrives at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mlflow_client.test_models import run
from tests.servers import live
from tests.servers.plugin import database_kind
from tests.servers.receiver import receiver
from tests.servers.session import Session

pytestmark = pytest.mark.mlflow_client


def test_webhooks(server_session: Session, mlflow_python: Path, tmp_path: Path) -> None:
    with receiver(tmp_path) as to:
        to.statuses += [204, 503]
        trusting = {"RUNFOLD_WEBHOOKS_CA_FILE": str(to.ca_file)}
        server = live.start(server_session, tmp_path, database_kind(), settings=trusting)
        run(mlflow_python, server, "webhooks.py", to.url(), MLFLOW_TRACKING_TOKEN=server.admin_token())
        assert [arrived.is_signed_with("of-the-client") for arrived in to.received] == [True, True]
        assert to.received[0].message["data"]["name"] == "example_model"
