"""Runfold's answers beside MLflow's, request by request.

MLflow's are recorded in expected/. With RUNFOLD_LIVE_MLFLOW=1 the newest MLflow that installs is started too, and what it
answers must be what is recorded.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from tests.mlflow_client.differential import recording
from tests.mlflow_client.differential.case import Case
from tests.mlflow_client.differential.compare import differences
from tests.mlflow_client.differential.corpus import CASES
from tests.mlflow_client.differential.deviations import DEVIATIONS, Deviation
from tests.mlflow_client.differential.live_mlflow import start_mlflow
from tests.mlflow_client.differential.normalise import Answer
from tests.mlflow_client.differential.replay import Send, http_sender, replay
from tests.servers.live import LiveRunfold
from tests.servers.session import Session

EACH_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def recorded() -> recording.Recording:
    """MLflow's answers."""
    return recording.load()


@pytest.fixture(scope="module")
def runfold(live_runfold: LiveRunfold) -> Send:
    """Sends to a project of this module's own."""
    team = live_runfold.bootstrap["tracking_uri"].rsplit("/", 2)[1]
    project = live_runfold.command("create_project", team, f"d-{uuid.uuid4().hex[:12]}")
    return http_sender(f"{live_runfold.url}/{team}/{project['slug']}", live_runfold.token)


@EACH_CASE
def test_runfold_answers_as_mlflow_did(case: Case, runfold: Send, recorded: recording.Recording) -> None:
    actual, ours = replay(case, runfold), recording.load(recording.OURS)
    problems = []
    for call in case.compared:
        answered, expected = actual[call.label], recorded[case.name][call.label]
        found = differences(expected, answered, call.compare, match_message=call.match_message)
        deviation = DEVIATIONS.get((case.name, call.label))
        if deviation is not None and not found:
            found = ["answers as MLflow does: take it off the list of deviations"]
        elif deviation is not None:
            instead = ours[case.name][call.label] if deviation.status == 200 else _refusal(deviation)
            found = differences(instead, answered, call.compare)
        problems += [f"{call.title}: {line}" for line in found]
    assert not problems, f"{len(problems)} differences:\n" + "\n".join(problems)


def _refusal(deviation: Deviation) -> Answer:
    return Answer(deviation.status, {"error_code": deviation.error_code})


def test_every_success_that_deviates_has_its_body() -> None:
    successes = {key for key, deviation in DEVIATIONS.items() if deviation.status == 200}
    written = {(case, label) for case, answers in recording.load(recording.OURS).items() for label in answers}
    assert written == successes


def test_every_deviation_names_a_call() -> None:
    calls = {(case.name, call.label) for case in CASES for call in case.compared}
    assert not set(DEVIATIONS) - calls


def test_every_call_is_recorded(recorded: recording.Recording) -> None:
    calls = {case.name: {call.label for call in case.compared} for case in CASES}
    assert {name: set(answers) for name, answers in recorded.items()} == calls, "Record again: see README.md."


@pytest.mark.skipif(os.environ.get("RUNFOLD_LIVE_MLFLOW") != "1", reason="RUNFOLD_LIVE_MLFLOW=1 asks for a live MLflow")
def test_recording_is_what_mlflow_answers(
    server_session: Session, tmp_path: Path, recorded: recording.Recording
) -> None:
    send = http_sender(start_mlflow(server_session, tmp_path))
    live = {case.name: replay(case, send) for case in CASES}
    assert live == recorded, "MLflow answers otherwise now: record again, see README.md."
