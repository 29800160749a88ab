"""MLflow's answers as committed: one JSON file for each version."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.mlflow_client.differential.normalise import Answer

DIRECTORY = Path(__file__).parent / "expected"
VERSION = "3.17.2"
MLFLOW = f"mlflow-{VERSION}"
OURS = "runfold"
"""What Runfold answers with success where it deviates: written by hand, read in review, never recorded."""

Recording = dict[str, dict[str, Answer]]
"""Answers by case and label."""


def load(name: str = MLFLOW) -> Recording:
    """Return the committed answers of `name`, a file of this directory."""
    cases = json.loads((DIRECTORY / f"{name}.json").read_text())["cases"]
    return {case: {label: Answer(**kept) for label, kept in answers.items()} for case, answers in cases.items()}


def save(recording: Recording, version: str) -> Path:
    """Write the answers of an MLflow version and return the file."""
    path = DIRECTORY / f"mlflow-{version}.json"
    cases = ",\n".join(f"{_text(name)}: {{\n{_lines(answers)}\n}}" for name, answers in recording.items())
    path.write_text(f'{{"mlflow": {_text(version)}, "cases": {{\n{cases}\n}}}}\n')
    return path


def _lines(answers: dict[str, Answer]) -> str:
    """Return one line an answer, so that a change of MLflow's reads well in review."""
    return ",\n".join(f" {_text(label)}: {_text(asdict(kept))}" for label, kept in answers.items())


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
