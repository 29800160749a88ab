"""What the stock client is told by a rule of approval, and what it does once people agreed. Run by test_models.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import mlflow
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

NAME = sys.argv[1]
API = os.environ["RUNFOLD_API"]


def native(path: str, **body: object) -> dict[str, object]:
    """A request of a person who manages the project, and has not asked for anything."""
    answer = requests.post(
        f"{API}/{path}", json=body, headers={"Authorization": f"Bearer {os.environ['OTHER_TOKEN']}"}, timeout=60
    )
    assert answer.ok, answer.text
    found: dict[str, object] = answer.json()
    return found


def asked(**body: object) -> str:
    """The id of a new request of the person who runs this."""
    answer = requests.post(
        f"{API}/registered-models/{NAME}/approval-requests",
        json=body,
        headers={"Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"},
        timeout=60,
    )
    assert answer.ok, answer.text
    return str(answer.json()["request_id"])


def refusal(action: Callable[..., object], *args: object, **options: object) -> str:
    """The message of what the client raises."""
    try:
        action(*args, **options)
    except MlflowException as exc:
        if exc.error_code == "PERMISSION_DENIED":
            return str(exc)
        raise
    raise AssertionError(f"{action} was not refused")


def main() -> None:
    """Refused, asked for, approved, done."""
    client = MlflowClient()
    with mlflow.start_run() as run:
        mlflow.log_text("flavors: {}", "model/MLmodel")
    client.create_registered_model(NAME)
    version = client.create_model_version(NAME, f"runs:/{run.info.run_id}/model", run.info.run_id).version
    for target in ({"stage": "Production"}, {"alias": "champion"}):
        native(f"registered-models/{NAME}/approval-rules", approvals_needed=1, **target)
    move = client.transition_model_version_stage
    for words in (
        refusal(move, NAME, version, "Production", archive_existing_versions=True),
        refusal(client.set_registered_model_alias, NAME, "champion", version),
    ):
        assert "only with 1 approval by maintainers. Ask for approval on http" in words, words
    native(f"approval-requests/{asked(version=int(version), stage='Production')}/approve")
    native(f"approval-requests/{asked(version=int(version), alias='champion')}/approve")
    assert client.get_model_version(NAME, version).current_stage == "Production"
    assert client.get_model_version_by_alias(NAME, "champion").version == version
    assert "only with 1 approval" in refusal(client.delete_registered_model_alias, NAME, "champion")
    assert "stands for" in refusal(client.delete_model_version, NAME, version)
    assert "has rules of approval" in refusal(client.delete_registered_model, NAME)
    assert "has rules of approval" in refusal(client.rename_registered_model, NAME, f"{NAME}-2")


main()
